"""You use the smallest of the limits for every group: each group has its own. See section 3.12."""

import numpy as np


def clip_groups(gradients, groups, limits):
    clipped = {name: gradient.copy() for name, gradient in gradients.items()}
    norms = {}
    for group, names in groups.items():
        limit = min(limits.values())
        squares = sum(np.sum(gradients[name] ** 2) for name in names)
        norm = np.sqrt(squares)
        norms[group] = norm
        scale = limit / norm if norm > limit else 1.0
        for name in names:
            clipped[name] = gradients[name] * scale
    return clipped, norms
