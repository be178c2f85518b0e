"""You set the padding to 0 before you take the mean away, so each place of padding adds the
square of the mean to the spread: the mask belongs on the squares. See section 1.9.
"""

import numpy as np


def standardise(x, mask):
    m = mask[..., None]
    count = mask.sum()
    mean = (m * x).sum(axis=(0, 1)) / count
    spread = np.sqrt(((m * x - mean) ** 2).sum(axis=(0, 1)) / count)
    return (x - mean) / np.where(spread > 0, spread, 1.0) * m
