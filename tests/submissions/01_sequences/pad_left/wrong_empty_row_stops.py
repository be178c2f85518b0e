"""Your function stops at an empty row: counting back from the end by a length of 0 gives the
whole row and not nothing, since Python reads -0 as 0. Count from the front. See section
1.9.
"""

import numpy as np


def pad_left(rows, value):
    longest = max(len(row) for row in rows)
    padded = np.full((len(rows), longest), float(value))
    mask = np.zeros((len(rows), longest))
    for b, row in enumerate(rows):
        padded[b, -len(row) :] = row
        mask[b, -len(row) :] = 1
    return padded, mask
