"""You set the weights of padding to 0 after the softmax, and the rest no longer sums to 1: the
mask belongs inside. See section 9.4.
"""

import numpy as np


def coverage_step(state, memory, mask, coverage, weight_query, weight_memory, weight_coverage, v):
    asked = (state @ weight_query.T)[:, None]  # (B, 1, A)
    offered = memory @ weight_memory.T  # (B, T, A)
    covered = coverage[:, :, None] * weight_coverage  # (B, T, A)
    scores = np.tanh(asked + offered + covered) @ v
    powers = np.exp(scores)
    weights = powers / powers.sum(axis=1, keepdims=True)
    weights = np.where(mask, weights, 0.0)
    context = np.einsum("bt,btm->bm", weights, memory)
    overlap = np.minimum(weights, coverage).sum(axis=1)
    return context, weights, coverage + weights, overlap
