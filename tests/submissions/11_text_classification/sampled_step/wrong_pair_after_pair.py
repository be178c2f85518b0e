"""You take a step after each pair, so the second pair meets tables that have moved. One step is
asked for, with the gradient of the whole batch at the tables as they came. See section 11.4.
"""

import numpy as np


def sampled_step(v, u, centres, targets, negatives, rate):
    v, u, B, loss = v.copy(), u.copy(), len(centres), 0.0
    for c, o, drawn in zip(centres, targets, negatives, strict=True):
        words = np.array([o, *(w for w in drawn if w != o)])
        label = np.arange(len(words)) == 0
        s = u[words] @ v[c]
        loss += np.logaddexp(0, np.where(label, -s, s)).sum()
        blame = (np.exp(-np.logaddexp(0, -s)) - label) / B
        step = blame @ u[words]
        np.subtract.at(u, words, rate * blame[:, None] * v[c])
        v[c] -= rate * step
    return loss / B, v, u
