"""You fit a straight line to the norms: a constant rate per step is a straight line on a
logarithmic axis, so take logarithms first. See section 3.10.
"""

import numpy as np


def decay_rate(norms):
    known = norms > 0
    top, bottom = 0.0, 0.0
    for row, there in zip(norms, known):
        lags = np.flatnonzero(there)
        logs = row[there]
        top += ((lags - lags.mean()) * (logs - logs.mean())).sum()
        bottom += ((lags - lags.mean()) ** 2).sum()
    return np.exp(top / bottom)
