"""Your loss is the mean probability with a minus: take its logarithm. See section 1.6."""

import numpy as np


def honest_report(batches):
    loss, right, count = 0.0, 0, 0
    for logits, classes in batches:
        shifted = logits - logits.max(axis=1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        losses = -np.exp(log_p)[np.arange(len(classes)), classes]
        hits = logits.argmax(axis=1) == classes
        loss += losses.sum()
        right += hits.sum()
        count += len(classes)
    return loss / count, right / count
