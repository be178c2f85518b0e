"""You fill at the end: the task asks for padding in front, so that every row ends at the
last column. See section 1.9.
"""

import numpy as np


def pad_left(rows, value):
    longest = max(len(row) for row in rows)
    padded = np.full((len(rows), longest), value, dtype=float)
    mask = np.zeros((len(rows), longest))
    for b, row in enumerate(rows):
        start = longest - len(row)
        padded[b, : len(row)] = row
        mask[b, : len(row)] = 1
    return padded, mask
