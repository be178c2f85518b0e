import numpy as np


def coverage_step(state, memory, mask, coverage, weight_query, weight_memory, weight_coverage, v):
    found = []
    for s, m, real, kappa in zip(state, memory, mask, coverage, strict=True):
        alpha = np.zeros(len(kappa))
        hidden = (
            weight_query @ s + m[real] @ weight_memory.T + np.outer(kappa[real], weight_coverage)
        )
        scores = np.tanh(hidden) @ v
        alpha[real] = np.exp(scores - scores.max())
        alpha /= alpha.sum()
        overlap = sum(min(a, k) for a, k in zip(alpha, kappa, strict=True))
        found.append((alpha @ m, alpha, kappa + alpha, overlap))
    return tuple(np.array(column) for column in zip(*found, strict=True))
