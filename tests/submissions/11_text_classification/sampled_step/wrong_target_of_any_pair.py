"""You leave out a drawn word that is the target of any pair of the batch. Leave it out only where
it is the target of its own pair. See section 11.4.
"""

import numpy as np


def sampled_step(v, u, centres, targets, negatives, rate):
    B, loss = len(centres), 0.0
    dv, du = np.zeros_like(v), np.zeros_like(u)
    for c, o, drawn in zip(centres, targets, negatives, strict=True):
        for w, y in [(o, 1), *((w, 0) for w in drawn if w not in targets)]:
            s = u[w] @ v[c]
            loss += np.logaddexp(0, -s if y else s)
            blame = (np.exp(-np.logaddexp(0, -s)) - y) / B
            dv[c] += blame * u[w]
            du[w] += blame * v[c]
    return loss / B, v - rate * dv, u - rate * du
