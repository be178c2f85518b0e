"""Your loss is that of a softmax taken twice: log-softmax, or cross entropy, takes the
logits as they are. See section 4.14.
"""

import numpy as np


def honest_report(batches):
    loss, right, count = 0.0, 0, 0
    for logits, classes in batches:
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
        shifted = shifted / shifted.sum(axis=1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        losses = -log_p[np.arange(len(classes)), classes]
        hits = logits.argmax(axis=1) == classes
        loss += losses.sum()
        right += hits.sum()
        count += len(classes)
    return loss / count, right / count
