"""You change the gradients that were handed in: return new arrays, and leave the old ones as
they are. See section 3.12.
"""

import numpy as np


def clip_groups(gradients, groups, limits):
    clipped = gradients
    norms = {}
    for group, names in groups.items():
        limit = limits[group]
        squares = sum(np.sum(gradients[name] ** 2) for name in names)
        norm = np.sqrt(squares)
        norms[group] = norm
        scale = limit / norm if norm > limit else 1.0
        for name in names:
            clipped[name] *= scale
    return clipped, norms
