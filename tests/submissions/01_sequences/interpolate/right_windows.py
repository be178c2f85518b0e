import numpy as np


def interpolate(train, context, size, weights, blind):
    train, context = np.asarray(train), np.asarray(context)
    rows, shares = [np.full(size, 1.0 / size)], [blind]
    for j, weight in enumerate(weights):
        if j >= len(train):
            continue
        runs = np.lib.stride_tricks.sliding_window_view(train, j + 1)
        fits = (runs[:, :j] == context[len(context) - j :]).all(axis=1)
        counts = np.bincount(runs[fits, j], minlength=size)
        if fits.any():
            rows.append(counts / counts.sum())
            shares.append(weight)
    return np.average(rows, axis=0, weights=shares)
