"""Your correction counts from 0 and divides by 0 at the first update: there the powers have
the exponent 1. See section 4.4.
"""

import numpy as np


def adam_update(weights, gradients, m, s, k, rate, decay, limit):
    norm = np.sqrt(sum((g**2).sum() for g in gradients.values()))
    scale = limit / norm if norm > limit else 1.0
    after, new_m, new_s = {}, {}, {}
    for name, weight in weights.items():
        g = gradients[name] * scale
        pull = decay * weight if weight.ndim > 1 else 0.0
        new_m[name] = 0.9 * m[name] + 0.1 * g
        new_s[name] = 0.999 * s[name] + 0.001 * g**2
        mean = new_m[name] / (1 - 0.9 ** (k - 1))
        square = new_s[name] / (1 - 0.999 ** (k - 1))
        after[name] = weight - rate * (mean / (np.sqrt(square) + 1e-8) + pull)
    return after, new_m, new_s
