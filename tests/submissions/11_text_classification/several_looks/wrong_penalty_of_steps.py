"""You compare steps with steps, in a T x T table. The looks are to differ: A times A transposed
has a row and a column for each look. See section 11.7.
"""

import numpy as np


def several_looks(states, mask, inner, outer):
    real = np.where(mask[:, :, None], states, 0.0)
    scores = np.tanh(real @ inner.T) @ outer.T  # (B, T, r)
    scores = np.where(mask[:, None, :], scores.transpose(0, 2, 1), -np.inf)  # (B, r, T)
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    weights = powers / powers.sum(axis=2, keepdims=True)
    gram = weights.transpose(0, 2, 1) @ weights  # (B, r, r)
    penalty = np.square(gram - np.eye(mask.shape[1])).sum(axis=(1, 2))
    return weights @ real, weights, penalty
