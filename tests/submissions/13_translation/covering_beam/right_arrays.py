import numpy as np


def covering_beam(logs, looks, width, alpha, beta):
    U, V, T = looks.shape
    rows, totals, seen = np.zeros((1, 1), dtype=int), np.zeros(1), np.zeros((1, T))
    best = (-np.inf, None)
    for u in range(U):
        last = rows[:, -1]
        all_ = (totals[:, None] + logs[u, last]).ravel()
        chosen = np.argsort(-all_, kind="stable")[:width]
        parent, piece = np.divmod(chosen, V)
        seen = (seen + looks[u, last])[parent]
        rows = np.hstack([rows[parent], piece[:, None]])
        totals = all_[chosen]
        scores = totals / ((6 + u) / 6) ** alpha + beta * np.log(seen.clip(max=1)).sum(axis=1)
        for i in np.flatnonzero(piece == 0):
            if scores[i] > best[0]:
                best = (scores[i], rows[i, 1:-1])
        on = piece != 0
        if not on.any():
            break
        rows, totals, seen = rows[on], totals[on], seen[on]
    return best[1], best[0]
