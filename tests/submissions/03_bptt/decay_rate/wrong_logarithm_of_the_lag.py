"""You take the logarithm of the lag as well: a straight line on two logarithmic axes is a power
of the lag, not a rate per step. See section 3.10.
"""

import numpy as np


def decay_rate(norms):
    known = norms > 0
    top, bottom = 0.0, 0.0
    for row, there in zip(norms, known):
        lags = np.log(1 + np.flatnonzero(there))
        logs = np.log(row[there])
        top += ((lags - lags.mean()) * (logs - logs.mean())).sum()
        bottom += ((lags - lags.mean()) ** 2).sum()
    return np.exp(top / bottom)
