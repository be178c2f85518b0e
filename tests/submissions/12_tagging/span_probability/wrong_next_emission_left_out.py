"""You leave out the emission of the step right after the span: every step of the sequence has one.
See section 12.6.
"""

import numpy as np


def span_probability(emissions, transitions, start, end, begin, inside, first, stop):
    T, K = emissions.shape

    def log_sum(e):
        alpha = start + e[0]
        for t in range(1, T):
            alpha = e[t] + np.logaddexp.reduce(alpha[:, None] + transitions, axis=0)
        return np.logaddexp.reduce(alpha + end)

    allowed = np.ones((T, K), dtype=bool)
    allowed[first:stop] = False
    allowed[first, begin] = True
    allowed[first + 1 : stop, inside] = True
    scores = emissions.copy()
    if stop < T:
        allowed[stop, inside] = False
        scores[stop] = 0.0
    return np.exp(log_sum(np.where(allowed, scores, -np.inf)) - log_sum(emissions))
