import math


def clip_groups(gradients, groups, limits):
    clipped, norms = {}, {}
    for name in gradients:
        clipped[name] = gradients[name] + 0.0
    for group in groups:
        total = 0.0
        for name in groups[group]:
            for value in gradients[name].flat:
                total += float(value) ** 2
        norms[group] = math.sqrt(total)
        if norms[group] > limits[group]:
            for name in groups[group]:
                clipped[name] *= limits[group] / norms[group]
    return clipped, norms
