"""You average the seeds before the logarithm: the largest row then drowns the others. Take
logarithms first. See section 3.10.
"""

import numpy as np


def decay_rate(norms):
    mean = norms.mean(axis=0)
    lags = np.flatnonzero(mean)
    return np.exp(np.polyfit(lags, np.log(mean[lags]), 1)[0])
