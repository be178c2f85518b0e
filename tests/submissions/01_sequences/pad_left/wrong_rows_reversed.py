"""Your rows run backwards: you turned them round to pad in front, and did not turn them
back. See section 1.9.
"""

import numpy as np


def pad_left(rows, value):
    longest = max(len(row) for row in rows)
    padded = np.full((len(rows), longest), value, dtype=float)
    mask = np.zeros((len(rows), longest))
    for b, row in enumerate(rows):
        start = longest - len(row)
        padded[b, start:] = row[::-1]
        mask[b, start:] = 1
    return padded, mask
