"""You sum the hidden layer of the score without its weights v. See section 9.3."""

import numpy as np


def coverage_step(state, memory, mask, coverage, weight_query, weight_memory, weight_coverage, v):
    asked = (state @ weight_query.T)[:, None]  # (B, 1, A)
    offered = memory @ weight_memory.T  # (B, T, A)
    covered = coverage[:, :, None] * weight_coverage  # (B, T, A)
    scores = np.tanh(asked + offered + covered).sum(axis=2)
    powers = np.where(mask, np.exp(scores), 0.0)
    weights = powers / powers.sum(axis=1, keepdims=True)
    context = np.einsum("bt,btm->bm", weights, memory)
    overlap = np.minimum(weights, coverage).sum(axis=1)
    return context, weights, coverage + weights, overlap
