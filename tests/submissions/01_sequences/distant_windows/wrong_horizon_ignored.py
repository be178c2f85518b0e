"""Your targets are always the step right after the window: the horizon says how many steps
later the target lies. See section 1.8.
"""

import numpy as np


def distant_windows(x, length, horizon, column):
    count = max(0, len(x) - length - horizon + 1)
    index = np.arange(count)[:, None] + np.arange(length)
    first = length
    return x[index], x[first : first + count, column]
