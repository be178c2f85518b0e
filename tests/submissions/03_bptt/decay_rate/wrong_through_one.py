"""You force the line through norm 1 at lag 0: each seed starts at a height of its own, so fit a
constant as well. See section 3.10.
"""

import numpy as np


def decay_rate(norms):
    known = norms > 0
    top, bottom = 0.0, 0.0
    for row, there in zip(norms, known):
        lags = np.flatnonzero(there)
        logs = np.log(row[there])
        top += (lags * logs).sum()
        bottom += (lags**2).sum()
    return np.exp(top / bottom)
