"""Your mixture has no blind guess, so a symbol that never came gets 0: add blind / V, and
blind to Z. See section 1.14.
"""

import numpy as np


def interpolate(train, context, size, weights, blind):
    train, context = list(train), list(context)
    mixed, total = np.zeros(size), 0.0
    for j, weight in enumerate(weights):
        last = context[len(context) - j :]
        counts = np.zeros(size)
        for i in range(j, len(train)):
            if train[i - j : i] == last:
                counts[train[i]] += 1
        if counts.sum() > 0:
            mixed = mixed + weight * counts / counts.sum()
            total = total + weight
    return mixed / max(total, 1e-12)
