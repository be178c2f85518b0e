import numpy as np


def coverage_step(state, memory, mask, coverage, weight_query, weight_memory, weight_coverage, v):
    T = memory.shape[1]
    # state, memory and coverage side by side, and their weights as well
    read = np.concatenate(
        [np.repeat(state[:, None], T, axis=1), memory, coverage[:, :, None]], axis=2
    )
    matrix = np.concatenate([weight_query, weight_memory, weight_coverage[:, None]], axis=1)
    scores = np.where(mask, np.tanh(read @ matrix.T) @ v, -1e300)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights = weights / weights.sum(axis=1, keepdims=True)
    overlap = np.where(weights < coverage, weights, coverage).sum(axis=1)
    return (weights[:, None] @ memory)[:, 0], weights, weights + coverage, overlap
