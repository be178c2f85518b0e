"""Your targets lie one step too far away: the horizon counts from the last step of the
window, so with a horizon of 1 the target is the very next step. See section 1.8.
"""

import numpy as np


def distant_windows(x, length, horizon, column):
    count = max(0, len(x) - length - horizon)
    index = np.arange(count)[:, None] + np.arange(length)
    first = length + horizon
    return x[index], x[first : first + count, column]
