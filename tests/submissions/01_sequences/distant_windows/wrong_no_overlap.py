"""Your windows do not overlap: you step on by a whole window, and the task asks for a window
at every step. See section 1.8.
"""

import numpy as np


def distant_windows(x, length, horizon, column):
    starts = range(0, len(x) - length - horizon + 1, length)
    windows = [x[n : n + length] for n in starts]
    return np.array(windows), np.array([x[n + length - 1 + horizon, column] for n in starts])
