"""The emission of one step of the span counts twice in your answer. See section 12.6."""

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
    twice = emissions[first, begin]
    return np.exp(twice + log_sum(allowed) - log_sum(np.ones((T, K), dtype=bool)))
