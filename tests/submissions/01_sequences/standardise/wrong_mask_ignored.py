"""Your mean and spread are taken over the padding as well: only the steps with mask 1 take
part. See section 1.9.
"""

import numpy as np


def standardise(x, mask):
    real = x.reshape(-1, x.shape[2])
    mean, spread = real.mean(axis=0), real.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    return np.where(mask[..., None] != 0, (x - mean) / scale, 0.0)
