"""You take the largest weight of each row, so the path goes back where a row points back. See
section 9.6.
"""

import numpy as np


def read_alignment(weights, least, sure, possible):
    U, T = weights.shape
    path = weights.argmax(axis=1).tolist()
    found = np.zeros((U, T), dtype=bool)
    found[np.arange(U), path] = weights[np.arange(U), path] >= least
    allowed = sure | possible
    right = (found & sure).sum() + (found & allowed).sum()
    return path, 1 - right / (found.sum() + sure.sum())
