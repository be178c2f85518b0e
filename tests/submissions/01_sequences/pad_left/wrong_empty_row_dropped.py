"""You drop empty rows: an empty row is a row of padding, and the batch keeps its size B. See
section 1.9.
"""

import numpy as np


def pad_left(rows, value):
    rows = [list(row) for row in rows if len(row) > 0]
    longest = max(len(row) for row in rows)
    padded = [[value] * (longest - len(row)) + row for row in rows]
    mask = [[0] * (longest - len(row)) + [1] * len(row) for row in rows]
    return np.array(padded, dtype=float), np.array(mask)
