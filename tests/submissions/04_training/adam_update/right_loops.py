import math

import numpy as np


def adam_update(weights, gradients, m, s, k, rate, decay, limit):
    total = 0.0
    for g in gradients.values():
        for value in g.flat:
            total += float(value) ** 2
    norm = math.sqrt(total)
    after = {name: np.array(w) for name, w in weights.items()}
    new_m = {name: np.array(a) for name, a in m.items()}
    new_s = {name: np.array(a) for name, a in s.items()}
    for name, w in weights.items():
        for i in np.ndindex(w.shape):
            g = gradients[name][i] if norm <= limit else gradients[name][i] * limit / norm
            new_m[name][i] = 0.9 * m[name][i] + 0.1 * g
            new_s[name][i] = 0.999 * s[name][i] + 0.001 * g * g
            root = math.sqrt(new_s[name][i] / (1 - 0.999**k))
            after[name][i] -= rate * new_m[name][i] / (1 - 0.9**k) / (root + 1e-8)
            if w.ndim > 1:
                after[name][i] -= rate * decay * w[i]
    return after, new_m, new_s
