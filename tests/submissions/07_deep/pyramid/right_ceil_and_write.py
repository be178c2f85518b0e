import math

import numpy as np


def pyramid(x, lengths, layers):
    x = x.copy()
    lengths = np.asarray(lengths).copy()
    for b, n in enumerate(lengths):
        x[b, n:] = 0
    for depth, (w, u, b) in enumerate(layers):
        if depth:
            T = math.ceil(x.shape[1] / 2)
            D = x.shape[2]
            wide = np.zeros((len(x), T, 2 * D))
            for t in range(x.shape[1]):
                wide[:, t // 2, (t % 2) * D : (t % 2 + 1) * D] = x[:, t]
            x = wide
            lengths = np.ceil(lengths / 2).astype(int)
        states = np.zeros((len(x), x.shape[1], len(b)))
        h = np.zeros((len(x), len(b)))
        for t in range(x.shape[1]):
            live = t < lengths
            h[live] = np.tanh(x[live, t] @ w.T + h[live] @ u.T + b)
            states[live, t] = h[live]
        x = states
    return x, lengths
