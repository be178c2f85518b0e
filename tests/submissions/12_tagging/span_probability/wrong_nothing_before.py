"""You sum from the first step of the span on: what comes before it may be anything, and counts. See
section 12.6.
"""

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
    e, A = np.where(allowed, emissions, -np.inf)[first:], transitions
    alpha = e[0] + (start if first == 0 else 0)
    for row in e[1:]:
        alpha = row + np.logaddexp.reduce(alpha[:, None] + A, axis=0)
    return np.exp(np.logaddexp.reduce(alpha + end) - log_sum(np.ones((T, K), dtype=bool)))
