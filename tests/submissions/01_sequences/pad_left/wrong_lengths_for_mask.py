"""You return the lengths where the mask is asked for: the mask has a 0 or a 1 for each
place, shape (B, T). See section 1.9.
"""

import numpy as np


def pad_left(rows, value):
    longest = max(len(row) for row in rows)
    padded = np.full((len(rows), longest), value, dtype=float)
    mask = np.zeros((len(rows), longest))
    for b, row in enumerate(rows):
        start = longest - len(row)
        padded[b, start:] = row
        mask[b, start:] = 1
    return padded, np.array([len(row) for row in rows])
