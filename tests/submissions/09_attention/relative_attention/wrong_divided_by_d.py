"""You divide the product by d: its spread grows like the root of d, so divide by the root. See
section 9.3.
"""

import numpy as np


def relative_attention(queries, keys, values, mask, bias):
    real = mask[:, None, :]  # (B, 1, T)
    keys = np.where(mask[:, :, None], keys, 0.0)
    values = np.where(mask[:, :, None], values, 0.0)
    Q, T, R = queries.shape[1], keys.shape[1], len(bias) // 2
    scores = np.einsum("bqd,btd->bqt", queries, keys) / queries.shape[2]
    distance = np.arange(T)[None, :] - np.arange(Q)[:, None]
    scores = scores + bias[np.clip(distance, -R, R) + R]
    scores = np.where(real, scores, -np.inf)
    top = scores.max(axis=2, keepdims=True)
    powers = np.exp(scores - np.where(np.isfinite(top), top, 0.0))
    total = powers.sum(axis=2, keepdims=True)
    weights = powers / np.where(total > 0, total, 1.0)
    return weights @ values, weights
