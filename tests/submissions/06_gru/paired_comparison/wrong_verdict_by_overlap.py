"""Your verdict asks whether the intervals of the two networks overlap: the luck of the seeds,
which both share, widens either of them. Ask whether the interval of the difference holds 0. See
section 6.10.
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
    own_a, own_b = (quantiles[n - 1] * e.std(ddof=1) / np.sqrt(n) for e in (a, b))
    if a.mean() + own_a < b.mean() - own_b:
        return mean, low, high, "first is better"
    if b.mean() + own_b < a.mean() - own_a:
        return mean, low, high, "second is better"
    return mean, low, high, "undecided"
