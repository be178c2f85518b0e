import math

import numpy as np


def sampled_step(v, u, centres, targets, negatives, rate):
    dv, du, loss = np.zeros_like(v), np.zeros_like(u), 0.0
    for c, o, drawn in zip(centres, targets, negatives):
        pulls = [(o, 1)] + [(w, 0) for w in drawn if w != o]
        for w, label in pulls:
            s = float(u[w] @ v[c])
            x = s if label else -s
            loss += max(0.0, -x) + math.log1p(math.exp(-abs(x)))
            sigma = 1 / (1 + math.exp(-s)) if s > -700 else 0.0
            dv[c] += (sigma - label) * u[w]
            du[w] += (sigma - label) * v[c]
    return loss / len(centres), v - rate * dv / len(centres), u - rate * du / len(centres)
