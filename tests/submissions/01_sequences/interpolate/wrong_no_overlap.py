"""You miss runs that overlap: go on by one step after a hit, not by the length of the run.
See section 1.14.
"""

import numpy as np


def interpolate(train, context, size, weights, blind):
    train, context = list(train), list(context)
    mixed, total = np.full(size, blind / size), blind
    for j, weight in enumerate(weights):
        if j == 0:
            counts = np.bincount(train, minlength=size)
            mixed, total = mixed + weight * counts / counts.sum(), total + weight
            continue
        last = context[len(context) - j :]
        counts = np.zeros(size)
        i = j
        while i < len(train):
            if train[i - j : i] == last:
                counts[train[i]] += 1
                i += j + 1
            else:
                i += 1
        if counts.sum() > 0:
            mixed = mixed + weight * counts / counts.sum()
            total = total + weight
    return mixed / total
