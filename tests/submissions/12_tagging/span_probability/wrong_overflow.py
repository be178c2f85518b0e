"""Your exponentials overflow: keep the logarithms and let `np.logaddexp` or a shift by the largest
do the sum. See section 12.5.
"""

import numpy as np


def span_probability(emissions, transitions, start, end, begin, inside, first, stop):
    T, K = emissions.shape

    def log_sum(allowed):
        e = np.where(allowed, emissions, -np.inf)
        with np.errstate(all="ignore"):
            alpha = np.exp(start + e[0])
            for t in range(1, T):
                alpha = np.exp(e[t]) * (alpha @ np.exp(transitions))
            return alpha @ np.exp(end)

    allowed = np.ones((T, K), dtype=bool)
    allowed[first:stop] = False
    allowed[first, begin] = True
    allowed[first + 1 : stop, inside] = True
    if stop < T:
        allowed[stop, inside] = False
    with np.errstate(all="ignore"):
        return log_sum(allowed) / log_sum(np.ones((T, K), dtype=bool))
