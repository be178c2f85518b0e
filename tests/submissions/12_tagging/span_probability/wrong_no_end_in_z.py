"""You leave the scores of `end` out of Z: it sums the same scores as the rest. See section 12.5."""

import numpy as np


def span_probability(emissions, transitions, start, end, begin, inside, first, stop):
    T, K = emissions.shape

    def log_sum(allowed):
        e = np.where(allowed, emissions, -np.inf)
        alpha = start + e[0]
        for t in range(1, T):
            alpha = e[t] + np.logaddexp.reduce(alpha[:, None] + transitions, axis=0)
        return np.logaddexp.reduce(alpha + end)

    allowed = np.ones((T, K), dtype=bool)
    allowed[first:stop] = False
    allowed[first, begin] = True
    allowed[first + 1 : stop, inside] = True
    if stop < T:
        allowed[stop, inside] = False
    alpha = start + emissions[0]
    for t in range(1, T):
        alpha = emissions[t] + np.logaddexp.reduce(alpha[:, None] + transitions, axis=0)
    return np.exp(log_sum(allowed) - np.logaddexp.reduce(alpha))
