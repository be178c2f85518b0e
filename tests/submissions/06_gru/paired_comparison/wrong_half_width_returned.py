"""You return the half width where the two ends of the interval belong. See section 6.10."""

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
    side = int(low > 0) - int(high < 0)
    return mean, half, ["undecided", "second is better", "first is better"][side]
