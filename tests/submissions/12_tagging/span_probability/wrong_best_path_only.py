"""You compare the best sequences instead of the sums over all of them: a maximum where the forward
algorithm has a sum. See section 12.5.
"""

import numpy as np


def span_probability(emissions, transitions, start, end, begin, inside, first, stop):
    T, K = emissions.shape

    def log_sum(allowed):
        e = np.where(allowed, emissions, -np.inf)
        alpha = start + e[0]
        for t in range(1, T):
            alpha = e[t] + (alpha[:, None] + transitions).max(axis=0)
        return (alpha + end).max()

    allowed = np.ones((T, K), dtype=bool)
    allowed[first:stop] = False
    allowed[first, begin] = True
    allowed[first + 1 : stop, inside] = True
    if stop < T:
        allowed[stop, inside] = False
    return np.exp(log_sum(allowed) - log_sum(np.ones((T, K), dtype=bool)))
