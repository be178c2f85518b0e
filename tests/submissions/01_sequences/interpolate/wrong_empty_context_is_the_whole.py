"""You lose the empty context: counting back from the end by 0 gives the whole context and
not nothing, since Python reads -0 as 0. See section 1.14.
"""

import numpy as np


def interpolate(train, context, size, weights, blind):
    train, context = list(train), list(context)
    mixed, total = np.full(size, blind / size), blind
    for j, weight in enumerate(weights):
        last = context[-j:]
        counts = np.zeros(size)
        for i in range(j, len(train)):
            if train[i - j : i] == last:
                counts[train[i]] += 1
        if counts.sum() > 0:
            mixed = mixed + weight * counts / counts.sum()
            total = total + weight
    return mixed / total
