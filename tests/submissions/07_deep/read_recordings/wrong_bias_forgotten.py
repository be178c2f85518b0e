"""Your steps have no bias: b is added in both directions. See section 7.4."""

import numpy as np


def read_recordings(x, starts, lengths, weight_ih, weight_ahead, weight_back, bias):
    B, T, _ = x.shape
    H = len(bias)
    steps = np.arange(T)
    stops = starts + lengths
    real = (steps >= starts[:, None]) & (steps < stops[:, None])
    x = np.where(real[..., None], x, 0.0)

    def run(weight, order):
        h = np.zeros((B, H))
        states = np.zeros((B, T, H))
        for t in order:
            new = np.tanh(x[:, t] @ weight_ih.T + h @ weight.T)
            h = np.where(real[:, t, None], new, h)
            states[:, t] = np.where(real[:, t, None], h, 0.0)
        return states, h

    ahead, last = run(weight_ahead, steps)
    back, first = run(weight_back, steps[::-1])
    return ahead + back, last, first
