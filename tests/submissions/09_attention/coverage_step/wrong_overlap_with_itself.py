"""Your overlap compares the weights with a coverage that has them in it already, and is 1 at
every step: take the coverage of the earlier steps. See section 9.2.
"""

import numpy as np


def coverage_step(state, memory, mask, coverage, weight_query, weight_memory, weight_coverage, v):
    asked = (state @ weight_query.T)[:, None]  # (B, 1, A)
    offered = memory @ weight_memory.T  # (B, T, A)
    covered = coverage[:, :, None] * weight_coverage  # (B, T, A)
    scores = np.tanh(asked + offered + covered) @ v
    powers = np.where(mask, np.exp(scores), 0.0)
    weights = powers / powers.sum(axis=1, keepdims=True)
    context = np.einsum("bt,btm->bm", weights, memory)
    overlap = np.minimum(weights, coverage + weights).sum(axis=1)
    return context, weights, coverage + weights, overlap
