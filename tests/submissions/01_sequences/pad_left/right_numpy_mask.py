import numpy as np


def pad_left(rows, value):
    lengths = np.array([len(row) for row in rows])
    T = lengths.max()
    mask = np.arange(T)[None, :] >= (T - lengths)[:, None]
    padded = np.full(mask.shape, value)
    padded[mask] = np.concatenate([np.asarray(row, dtype=int) for row in rows])
    return padded, mask
