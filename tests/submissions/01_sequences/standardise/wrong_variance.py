"""You divide by the variance: its root, the standard deviation, has the unit of the feature.
See section 1.6.
"""

import numpy as np


def standardise(x, mask):
    real = x[mask != 0]
    mean, spread = real.mean(axis=0), real.var(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    return np.where(mask[..., None] != 0, (x - mean) / scale, 0.0)
