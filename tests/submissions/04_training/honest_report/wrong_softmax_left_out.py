"""Your loss is the mean of the right logits with a minus: a softmax makes probabilities of
them before the logarithm is taken. See section 1.6.
"""

import numpy as np


def honest_report(batches):
    loss, right, count = 0.0, 0, 0
    for logits, classes in batches:
        shifted = logits - logits.max(axis=1, keepdims=True)
        log_p = logits
        losses = -log_p[np.arange(len(classes)), classes]
        hits = logits.argmax(axis=1) == classes
        loss += losses.sum()
        right += hits.sum()
        count += len(classes)
    return loss / count, right / count
