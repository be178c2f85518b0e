"""You keep windows whose target lies beyond the table, as if it were always the next step:
the number of windows depends on the horizon. See section 1.8.
"""

import numpy as np


def distant_windows(x, length, horizon, column):
    windows = np.stack([x[n : n + length] for n in range(len(x) - length)])
    return windows, x[length - 1 + horizon :, column]
