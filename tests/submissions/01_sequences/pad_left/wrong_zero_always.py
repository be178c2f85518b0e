"""You fill with 0, whatever the value: use the value that is given. See section 1.9."""

import numpy as np


def pad_left(rows, value):
    longest = max(len(row) for row in rows)
    padded = np.zeros((len(rows), longest))
    mask = np.zeros((len(rows), longest))
    for b, row in enumerate(rows):
        start = longest - len(row)
        padded[b, start:] = row
        mask[b, start:] = 1
    return padded, mask
