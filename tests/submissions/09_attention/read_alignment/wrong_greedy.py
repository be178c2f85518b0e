"""You decide row by row, each time for the largest weight from the last position on: one early
look far ahead costs all later rows. Keep the best sum for every position. See section 9.6.
"""

import numpy as np


def read_alignment(weights, least, sure, possible):
    U, T = weights.shape
    path = [int(weights[0].argmax())]
    for u in range(1, U):
        path.append(path[-1] + int(weights[u, path[-1] :].argmax()))
    found = np.zeros((U, T), dtype=bool)
    found[np.arange(U), path] = weights[np.arange(U), path] >= least
    allowed = sure | possible
    right = (found & sure).sum() + (found & allowed).sum()
    return path, 1 - right / (found.sum() + sure.sum())
