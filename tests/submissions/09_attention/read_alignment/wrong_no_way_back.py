"""You take in each row the position with the best sum so far, and these need not lie on one
path: only the last row's best is known to be right, go back from it. See section 9.6.
"""

import numpy as np


def read_alignment(weights, least, sure, possible):
    U, T = weights.shape
    sums = np.zeros((U, T))
    came = np.zeros((U, T), dtype=int)
    sums[0] = weights[0]
    for u in range(1, U):
        for t in range(T):
            before = sums[u - 1, : t + 1]
            came[u, t] = np.argmax(before)
            sums[u, t] = before.max() + weights[u, t]
    path = sums.argmax(axis=1).tolist()
    found = np.zeros((U, T), dtype=bool)
    found[np.arange(U), path] = weights[np.arange(U), path] >= least
    allowed = sure | possible
    right = (found & sure).sum() + (found & allowed).sum()
    return path, 1 - right / (found.sum() + sure.sum())
