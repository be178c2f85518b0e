"""You ask for a target beyond the end of the table: count only the windows whose target
exists, not all that fit. See section 1.8.
"""

import numpy as np


def distant_windows(x, length, horizon, column):
    starts = range(len(x) - length + 1)
    windows = np.stack([x[n : n + length] for n in starts])
    return windows, np.array([x[n + length - 1 + horizon, column] for n in starts])
