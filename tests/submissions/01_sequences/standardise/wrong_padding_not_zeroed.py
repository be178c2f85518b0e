"""Your padding is standardised along with the real steps: set it to 0 at the end. See
section 1.9.
"""

import numpy as np


def standardise(x, mask):
    real = x[mask != 0]
    mean, spread = real.mean(axis=0), real.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    return (x - mean) / scale
