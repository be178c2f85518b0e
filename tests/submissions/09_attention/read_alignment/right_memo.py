import functools

import numpy as np


def read_alignment(weights, least, sure, possible):
    U, T = weights.shape

    @functools.cache
    def rest(u, first):
        """Return the best sum of rows u and on from position first on, and its path."""
        if u == U:
            return 0.0, ()
        ways = []
        for t in range(first, T):
            worth, path = rest(u + 1, t)
            ways.append((worth + weights[u, t], (t, *path)))
        return max(ways)

    path = np.array(rest(0, 0)[1])
    rows = np.arange(U)
    link = weights[rows, path] >= least
    wanted = sure[rows, path] & link
    forgiven = possible[rows, path] & link | wanted
    return path, 1 - (wanted.sum() + forgiven.sum()) / (link.sum() + sure.sum())
