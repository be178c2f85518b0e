import numpy as np


def clip_groups(gradients, groups, limits):
    norms = {
        group: np.linalg.norm(np.concatenate([gradients[name].ravel() for name in names]))
        for group, names in groups.items()
    }
    factor = {
        name: limits[group] / max(limits[group], norms[group])
        for group, names in groups.items()
        for name in names
    }
    return {name: g * factor.get(name, 1.0) for name, g in gradients.items()}, norms
