"""You set the padding to 0 and then divide by all B T places: divide by the number of real
steps, the sum of the mask. See section 1.9.
"""

import numpy as np


def standardise(x, mask):
    x = x * mask[..., None]
    mean, spread = x.mean(axis=(0, 1)), x.std(axis=(0, 1))
    scale = np.where(spread > 0, spread, 1.0)
    return np.where(mask[..., None] != 0, (x - mean) / scale, 0.0)
