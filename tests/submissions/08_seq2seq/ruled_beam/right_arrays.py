import numpy as np


def ruled_beam(table, width, least, alpha):
    V = table.shape[2] - 1
    totals = np.zeros(1)
    written = np.full((1, 1), V)
    used = np.zeros((1, V + 1, V + 1), dtype=bool)
    winner, highest = [], -np.inf
    for n in range(1, len(table) + 1):
        last = written[:, -1]
        scores = totals[:, None] + table[n - 1][last]
        scores[used[np.arange(len(last)), last]] = -np.inf
        if n <= least:
            scores[:, V] = -np.inf
        order = np.argsort(-scores, axis=None)[:width]
        order = order[np.isfinite(scores.ravel()[order])]
        parent, symbol = np.divmod(order, V + 1)
        for p in parent[symbol == V]:
            if scores[p, V] / n**alpha > highest:
                highest = scores[p, V] / n**alpha
                winner = written[p, 1:].tolist()
        go = symbol < V
        parent, symbol = parent[go], symbol[go]
        if not len(parent):
            break
        totals = scores[parent, symbol]
        used = used[parent].copy()
        used[np.arange(len(parent)), last[parent], symbol] = True
        written = np.concatenate([written[parent], symbol[:, None]], axis=1)
    return winner, float(highest)
