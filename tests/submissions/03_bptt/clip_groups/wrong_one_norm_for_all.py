"""You take one norm over all groups: a steep group then shrinks the others as well. Take a norm
for each group. See section 3.12.
"""

import numpy as np


def clip_groups(gradients, groups, limits):
    clipped = {name: gradient.copy() for name, gradient in gradients.items()}
    norms = {}
    for group, names in groups.items():
        limit = limits[group]
        squares = sum(np.sum(gradients[n] ** 2) for names_ in groups.values() for n in names_)
        norm = np.sqrt(squares)
        norms[group] = norm
        scale = limit / norm if norm > limit else 1.0
        for name in names:
            clipped[name] = gradients[name] * scale
    return clipped, norms
