"""Your overlap is one number for the whole batch: it is one for each example. See section 9.2."""

import numpy as np


def coverage_step(state, memory, mask, coverage, weight_query, weight_memory, weight_coverage, v):
    asked = (state @ weight_query.T)[:, None]  # (B, 1, A)
    offered = memory @ weight_memory.T  # (B, T, A)
    covered = coverage[:, :, None] * weight_coverage  # (B, T, A)
    scores = np.tanh(asked + offered + covered) @ v
    powers = np.where(mask, np.exp(scores), 0.0)
    weights = powers / powers.sum(axis=1, keepdims=True)
    context = np.einsum("bt,btm->bm", weights, memory)
    overlap = np.minimum(weights, coverage).sum()
    return context, weights, coverage + weights, overlap
