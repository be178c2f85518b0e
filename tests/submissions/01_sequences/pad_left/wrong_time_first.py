"""Your arrays have the time first: the batch is the first axis, shape (B, T). See section
1.3.
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
    return padded.T, mask.T
