"""The sign of the softmax's part is turned round: it is the softmax less the target. See
section 10.9.
"""

import numpy as np


def tied_gradient(table, tokens, errors, states, targets, kept):
    B, T, H = states.shape
    read, written = np.zeros_like(table), np.zeros_like(table)
    loss, count = 0.0, (targets != -100).sum()
    for b in range(B):
        for t in range(T):
            w, y = tokens[b, t], targets[b, t]
            read[w] += kept[w] * errors[b, t]
            if y == -100:
                continue
            z = table @ states[b, t]
            p = np.exp(z - z.max())
            p = p / p.sum()
            loss -= np.log(p[y]) / count
            slope = p.copy()
            slope[y] -= 1
            written -= np.outer(slope, states[b, t]) / count
    return loss, read + written
