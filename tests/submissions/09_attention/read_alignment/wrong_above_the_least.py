"""You take a weight that is just the least for no link: it has to be at least that large. See
section 9.6.
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
    path = [int(np.argmax(sums[-1]))]
    for u in range(U - 1, 0, -1):
        path.insert(0, int(came[u, path[0]]))
    found = np.zeros((U, T), dtype=bool)
    found[np.arange(U), path] = weights[np.arange(U), path] > least
    allowed = sure | possible
    right = (found & sure).sum() + (found & allowed).sum()
    return path, 1 - right / (found.sum() + sure.sum())
