"""You divide by how often the context stands in the text, and the one at the very end has no
successor: divide by the sum of the counts that follow it. See section 1.14.
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
        times = sum(train[i - j : i] == last for i in range(j, len(train) + (j > 0)))
        if times > 0:
            mixed = mixed + weight * counts / times
            total = total + weight
    return mixed / total
