"""Your spread of the mean divides by the root of n - 1: the n - 1 stands in the spread of the
differences, and the mean of n of them has the root of n. See section 6.10.
"""

import numpy as np


def paired_comparison(first, second, quantiles):
    seeds = sorted(set(first) & set(second))
    a = np.array([first[seed] for seed in seeds])
    b = np.array([second[seed] for seed in seeds])
    n = len(seeds)
    differences = a - b
    mean = differences.mean()
    half = quantiles[n - 1] * differences.std(ddof=1) / np.sqrt(n - 1)
    low, high = mean - half, mean + half
    if high < 0:
        return mean, low, high, "first is better"
    if low > 0:
        return mean, low, high, "second is better"
    return mean, low, high, "undecided"
