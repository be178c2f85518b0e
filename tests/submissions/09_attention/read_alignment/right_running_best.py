import numpy as np


def read_alignment(weights, least, sure, possible):
    U, T = weights.shape
    paths, worth = [[] for _ in range(T)], np.zeros(T)  # of the best path that ends at or before t
    for row in weights:
        ends, sums = [[*paths[t], t] for t in range(T)], worth + row
        for t in range(1, T):
            if sums[t - 1] > sums[t]:
                ends[t], sums[t] = ends[t - 1], sums[t - 1]
        paths, worth = ends, sums
    path = paths[-1]
    a = np.zeros((U, T), dtype=bool)
    for u, t in enumerate(path):
        a[u, t] = weights[u, t] >= least
    hits = np.count_nonzero(a & sure) + np.count_nonzero(a & (possible | sure))
    return path, 1 - hits / (np.count_nonzero(a) + np.count_nonzero(sure))
