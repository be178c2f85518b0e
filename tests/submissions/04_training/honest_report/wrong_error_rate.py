"""You return the share of wrong predictions: the accuracy is the share of right ones. See
section 4.1.
"""

import numpy as np


def honest_report(batches):
    loss, right, count = 0.0, 0, 0
    for logits, classes in batches:
        shifted = logits - logits.max(axis=1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        losses = -log_p[np.arange(len(classes)), classes]
        hits = logits.argmax(axis=1) == classes
        loss += losses.sum()
        right += hits.sum()
        count += len(classes)
    return loss / count, 1 - right / count
