"""Your last window is missing: a table of S steps holds S - T - horizon + 1 of them, and the
+ 1 is lost. See section 1.8.
"""

import numpy as np


def distant_windows(x, length, horizon, column):
    count = max(0, len(x) - length - horizon)
    index = np.arange(count)[:, None] + np.arange(length)
    first = length - 1 + horizon
    return x[index], x[first : first + count, column]
