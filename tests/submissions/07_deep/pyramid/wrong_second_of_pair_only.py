"""The second half of what you read is the same state again, not its neighbour. See section 7.2."""

import numpy as np


def pyramid(x, lengths, layers):
    for depth, (weight_ih, weight_hh, bias) in enumerate(layers):
        B, T, D = x.shape
        if depth > 0:
            if T % 2 == 1:
                x = np.concatenate([x, np.zeros((B, 1, D))], axis=1)
            x = np.concatenate([x[:, ::2], x[:, ::2]], axis=2)
            lengths = (lengths + 1) // 2
        real = (np.arange(x.shape[1]) < lengths[:, None])[..., None]
        x = np.where(real, x, 0.0)
        h = np.zeros((B, len(bias)))
        states = []
        for t in range(x.shape[1]):
            h = np.tanh(x[:, t] @ weight_ih.T + h @ weight_hh.T + bias)
            states.append(h)
        x = np.where(real, np.stack(states, axis=1), 0.0)
    return x, lengths
