"""Your targets hold all columns: one number is asked for after each window, that of the
given column. See section 1.8.
"""

import numpy as np


def distant_windows(x, length, horizon, column):
    count = max(0, len(x) - length - horizon + 1)
    index = np.arange(count)[:, None] + np.arange(length)
    first = length - 1 + horizon
    return x[index], x[first : first + count]
