"""You pair the runs by their places in the dicts: they belong together by their seeds. See
section 6.10.
"""

import numpy as np


def paired_comparison(first, second, quantiles):
    n = min(len(first), len(second))
    a = np.array(list(first.values())[:n])
    b = np.array(list(second.values())[:n])
    differences = a - b
    mean = differences.mean()
    half = quantiles[n - 1] * differences.std(ddof=1) / np.sqrt(n)
    low, high = mean - half, mean + half
    if high < 0:
        return mean, low, high, "first is better"
    if low > 0:
        return mean, low, high, "second is better"
    return mean, low, high, "undecided"
