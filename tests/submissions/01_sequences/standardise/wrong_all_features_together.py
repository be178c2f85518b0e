"""Your mean and spread are one number for all features: each feature has its own, shape
(D,). See section 1.9.
"""

import numpy as np


def standardise(x, mask):
    real = x[mask != 0]
    mean, spread = real.mean(), real.std()
    scale = np.where(spread > 0, spread, 1.0)
    return np.where(mask[..., None] != 0, (x - mean) / scale, 0.0)
