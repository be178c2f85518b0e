import heapq
import math

import numpy as np


def ruled_beam(table, width, least, alpha):
    most, _, V = np.array(table.shape) - [0, 1, 1]
    live = [(0.0, (), frozenset())]
    best = (-math.inf, ())
    n = 0
    while live and n < most:
        n += 1
        grown = []
        for total, letters, pairs in live:
            row = table[n - 1][letters[-1] if letters else V]
            for k in range(V + 1):
                pair = (letters[-1], k) if letters else None
                if pair in pairs or (k == V and n - 1 < least):
                    continue
                grown.append((total + row[k], (*letters, k), pairs | {pair}))
        kept = heapq.nlargest(width, grown, key=lambda item: item[0])
        live = []
        for item in kept:
            if item[1][-1] == V:
                best = max(best, (item[0] / n**alpha, item[1][:-1]))
            else:
                live.append(item)
    return list(best[1]), best[0]
