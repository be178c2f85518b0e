"""Your rows are padded in front and your mask still says that the padding is at the end:
turn the mask round as well. See section 1.9.
"""

import numpy as np


def pad_left(rows, value):
    longest = max(len(row) for row in rows)
    padded = np.full((len(rows), longest), value, dtype=float)
    mask = np.zeros((len(rows), longest))
    for b, row in enumerate(rows):
        start = longest - len(row)
        padded[b, start:] = row
        mask[b, : len(row)] = 1
    return padded, mask
