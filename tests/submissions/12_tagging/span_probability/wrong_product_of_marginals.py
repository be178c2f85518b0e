"""You multiply the marginals of the steps as if they did not depend on each other: sum over the
sequences that have the span. See section 12.6.
"""

import numpy as np


def span_probability(emissions, transitions, start, end, begin, inside, first, stop):
    T = len(emissions)
    alpha, beta = [start + emissions[0]], [end]
    for t in range(1, T):
        alpha.append(emissions[t] + np.logaddexp.reduce(alpha[-1][:, None] + transitions, axis=0))
    for t in range(T - 1, 0, -1):
        beta.insert(0, np.logaddexp.reduce(transitions + emissions[t] + beta[0], axis=1))
    whole = np.logaddexp.reduce(alpha[-1] + end)
    marginals = np.exp(np.array(alpha) + np.array(beta) - whole)
    p = marginals[first, begin] * marginals[first + 1 : stop, inside].prod()
    return p * (1 - marginals[stop, inside]) if stop < T else p
