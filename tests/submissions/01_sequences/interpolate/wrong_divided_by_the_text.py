"""You divide all counts by the length of the text, which gives the share of the whole run:
divide the counts after a context by how often that context was followed. See section
1.14.
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
            mixed = mixed + weight * counts / len(train)
            total = total + weight
    return mixed / total
