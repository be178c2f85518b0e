"""You mix the counts and not the shares: divide the counts of each length by their sum
first, or the short contexts drown the long ones. See section 1.14.
"""

import numpy as np


def interpolate(train, context, size, weights, blind):
    train, context = list(train), list(context)
    mixed, total = np.full(size, blind / size), blind
    for j, weight in enumerate(weights):
        last = context[len(context) - j :]
        counts = np.zeros(size)
        for i in range(j, len(train)):
            if train[i - j : i] == last:
                counts[train[i]] += 1
        if counts.sum() > 0:
            mixed = mixed + weight * counts
            total = total + weight * counts.sum()
    return mixed / total
