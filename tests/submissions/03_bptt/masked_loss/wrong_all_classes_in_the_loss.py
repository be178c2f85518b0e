"""Your loss adds up the log-probabilities of all classes: only that of the right class counts.
See section 3.4.
"""

import numpy as np


def masked_loss(logits, targets, lengths):
    B, T, K = logits.shape
    mask = np.arange(T) < lengths[:, None]
    shifted = logits - logits.max(axis=2, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=2, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))
    picked = log_p.sum(axis=2)
    loss = -(picked * mask).sum() / mask.sum()
    errors = p - np.eye(K)[targets]
    errors = errors * mask[:, :, None] / mask.sum()
    return loss, errors
