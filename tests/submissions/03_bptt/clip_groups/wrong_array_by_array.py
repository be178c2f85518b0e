"""You compare each array with the limit on its own: one norm is taken over all arrays of a
group, and all get the same factor. See section 3.12.
"""

import numpy as np


def clip_groups(gradients, groups, limits):
    clipped = {name: gradient.copy() for name, gradient in gradients.items()}
    norms = {}
    for group, names in groups.items():
        limit = limits[group]
        squares = sum(np.sum(gradients[name] ** 2) for name in names)
        norm = np.sqrt(squares)
        norms[group] = norm
        scale = limit / norm if norm > limit else 1.0
        for name in names:
            clipped[name] = gradients[name] * min(
                1, limit / max(np.linalg.norm(gradients[name]), 1e-30)
            )
    return clipped, norms
