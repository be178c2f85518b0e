"""You use the longest context that was seen, and nothing else: interpolation mixes all
lengths. See section 1.14.
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
            mixed, total = blind / size + weight * counts / counts.sum(), blind + weight
    return mixed / total
