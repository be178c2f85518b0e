"""Your target is the last step of the window itself when the horizon is 1: count the horizon
from there on, not from the step before. See section 1.8.
"""

import numpy as np


def distant_windows(x, length, horizon, column):
    count = max(0, len(x) - length - horizon + 1)
    index = np.arange(count)[:, None] + np.arange(length)
    first = length - 2 + horizon
    return x[index], x[first : first + count, column]
