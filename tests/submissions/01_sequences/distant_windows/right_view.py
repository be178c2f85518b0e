import numpy as np


def distant_windows(x, length, horizon, column):
    views = np.lib.stride_tricks.sliding_window_view(x, length + horizon, axis=0)  # (N, D, T + tau)
    return views[:, :, :length].transpose(0, 2, 1), views[:, column, -1]
