"""Your mask lets one padded step in: index lengths[b] is padding already. See section 1.9."""

import numpy as np


def masked_loss(logits, targets, lengths):
    B, T, K = logits.shape
    mask = np.arange(T) <= lengths[:, None]
    shifted = logits - logits.max(axis=2, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=2, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))
    picked = np.take_along_axis(log_p, targets[:, :, None], axis=2)[:, :, 0]
    loss = -(picked * mask).sum() / mask.sum()
    errors = p - np.eye(K)[targets]
    errors = errors * mask[:, :, None] / mask.sum()
    return loss, errors
