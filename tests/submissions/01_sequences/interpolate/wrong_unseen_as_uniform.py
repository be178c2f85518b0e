"""You give a context that was never seen the blind guess with its own weight: leave that
length out, so that its weight goes to all the others. See section 1.14.
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
        share = counts / counts.sum() if counts.sum() > 0 else np.full(size, 1 / size)
        mixed = mixed + weight * share
        total = total + weight
    return mixed / total
