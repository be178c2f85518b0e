"""Your norm is the root of the mean square: a norm takes the sum of the squares, not their mean.
See section 3.12.
"""

import numpy as np


def clip_groups(gradients, groups, limits):
    clipped = {name: gradient.copy() for name, gradient in gradients.items()}
    norms = {}
    for group, names in groups.items():
        limit = limits[group]
        squares = sum(np.sum(gradients[name] ** 2) for name in names)
        norm = np.sqrt(squares / sum(gradients[name].size for name in names))
        norms[group] = norm
        scale = limit / norm if norm > limit else 1.0
        for name in names:
            clipped[name] = gradients[name] * scale
    return clipped, norms
