"""You leave a lag out for all seeds as soon as one of them has a 0 there: the others are known
and count. See section 3.10.
"""

import numpy as np


def decay_rate(norms):
    known = np.tile((norms > 0).all(axis=0), (len(norms), 1))
    top, bottom = 0.0, 0.0
    for row, there in zip(norms, known):
        lags = np.flatnonzero(there)
        logs = np.log(row[there])
        top += ((lags - lags.mean()) * (logs - logs.mean())).sum()
        bottom += ((lags - lags.mean()) ** 2).sum()
    return np.exp(top / bottom)
