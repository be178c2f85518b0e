"""Your loss is the mean over the examples that are predicted right: those predicted wrong
are the ones that a loss is about. Count all. See section 4.14.
"""

import numpy as np


def honest_report(batches):
    loss, right, count = 0.0, 0, 0
    for logits, classes in batches:
        shifted = logits - logits.max(axis=1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        losses = -log_p[np.arange(len(classes)), classes]
        hits = logits.argmax(axis=1) == classes
        loss += losses[hits].sum()
        right += hits.sum()
        count += len(classes)
    return loss / max(right, 1), right / count
