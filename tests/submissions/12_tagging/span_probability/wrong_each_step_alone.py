"""You take the softmax of each step alone and leave the transitions, the start and the end out:
sum over whole sequences. See section 12.4.
"""

import numpy as np


def span_probability(emissions, transitions, start, end, begin, inside, first, stop):
    shifted = emissions - emissions.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    found = p[first, begin] * p[first + 1 : stop, inside].prod()
    return found * (1 - p[stop, inside]) if stop < len(p) else found
