"""Your verdict asks the mean alone: a network may be called better only where the whole interval
lies on its side of 0. See section 6.10.
"""

import numpy as np


def paired_comparison(first, second, quantiles):
    seeds = sorted(set(first) & set(second))
    a = np.array([first[seed] for seed in seeds])
    b = np.array([second[seed] for seed in seeds])
    n = len(seeds)
    differences = a - b
    mean = differences.mean()
    half = quantiles[n - 1] * differences.std(ddof=1) / np.sqrt(n)
    low, high = mean - half, mean + half
    if mean < 0:
        return mean, low, high, "first is better"
    if mean > 0:
        return mean, low, high, "second is better"
    return mean, low, high, "undecided"
