import numpy as np


def standardise(x, mask):
    out = np.zeros(x.shape)
    for d in range(x.shape[2]):
        values = [x[b, t, d] for b in range(x.shape[0]) for t in range(x.shape[1]) if mask[b, t]]
        mu = sum(values) / len(values)
        variance = sum((value - mu) ** 2 for value in values) / len(values)
        if variance > 1e-20:
            out[:, :, d] = mask * (x[:, :, d] - mu) / variance**0.5
    return out
