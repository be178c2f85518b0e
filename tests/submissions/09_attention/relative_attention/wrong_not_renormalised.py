"""You set the weights of padding to 0 after the softmax, and the rest of the row no longer
sums to 1: the mask belongs inside. See section 9.4.
"""

import numpy as np


def relative_attention(queries, keys, values, mask, bias):
    real = mask[:, None, :]  # (B, 1, T)
    keys = np.where(mask[:, :, None], keys, 0.0)
    values = np.where(mask[:, :, None], values, 0.0)
    Q, T, R = queries.shape[1], keys.shape[1], len(bias) // 2
    scores = np.einsum("bqd,btd->bqt", queries, keys) / np.sqrt(queries.shape[2])
    distance = np.arange(T)[None, :] - np.arange(Q)[:, None]
    scores = scores + bias[np.clip(distance, -R, R) + R]
    top = scores.max(axis=2, keepdims=True)
    powers = np.exp(scores - np.where(np.isfinite(top), top, 0.0))
    total = powers.sum(axis=2, keepdims=True)
    weights = powers / np.where(total > 0, total, 1.0)
    weights = np.where(real, weights, 0.0)
    return weights @ values, weights
