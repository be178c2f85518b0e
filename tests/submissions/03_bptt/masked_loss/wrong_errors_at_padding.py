"""Your loss leaves the padded steps out and your errors do not: a step that is not in the loss
has an error of 0. See section 1.9.
"""

import numpy as np


def masked_loss(logits, targets, lengths):
    B, T, K = logits.shape
    mask = np.arange(T) < lengths[:, None]
    shifted = logits - logits.max(axis=2, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=2, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))
    picked = np.take_along_axis(log_p, targets[:, :, None], axis=2)[:, :, 0]
    loss = -(picked * mask).sum() / mask.sum()
    errors = p - np.eye(K)[targets]
    errors = errors / mask.sum()
    return loss, errors
