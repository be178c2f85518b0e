"""You add the weight of the blind guess to every symbol: it is shared among all V, blind / V
each. See section 1.14.
"""

import numpy as np


def interpolate(train, context, size, weights, blind):
    train, context = list(train), list(context)
    mixed, total = np.full(size, blind), blind
    for j, weight in enumerate(weights):
        last = context[len(context) - j :]
        counts = np.zeros(size)
        for i in range(j, len(train)):
            if train[i - j : i] == last:
                counts[train[i]] += 1
        if counts.sum() > 0:
            mixed = mixed + weight * counts / counts.sum()
            total = total + weight
    return mixed / (total + blind * (size - 1))
