"""You add a small number before the logarithm, so no term can get larger than about 27: with
large scores the loss is far too small. Use np.logaddexp(0, -s). See section 11.4.
"""

import numpy as np


def sampled_step(v, u, centres, targets, negatives, rate):
    B, loss = len(centres), 0.0
    dv, du = np.zeros_like(v), np.zeros_like(u)
    for c, o, drawn in zip(centres, targets, negatives, strict=True):
        for w, y in [(o, 1), *((w, 0) for w in drawn if w != o)]:
            s = u[w] @ v[c]
            p = np.exp(-np.logaddexp(0, -s))
            loss -= np.log((p if y else 1 - p) + 1e-12)
            blame = (np.exp(-np.logaddexp(0, -s)) - y) / B
            dv[c] += blame * u[w]
            du[w] += blame * v[c]
    return loss / B, v - rate * dv, u - rate * du
