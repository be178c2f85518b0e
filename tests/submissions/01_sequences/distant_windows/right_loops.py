import numpy as np


def distant_windows(x, length, horizon, column):
    windows, targets = [], []
    for n in range(len(x) - length - horizon + 1):
        windows.append([list(row) for row in x[n : n + length]])
        targets.append(x[n + length - 1 + horizon][column])
    return np.array(windows), np.array(targets)
