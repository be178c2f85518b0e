"""Your accuracy is in percent: return a share from 0 to 1. See section 4.1."""

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
    return loss / count, 100 * right / count
