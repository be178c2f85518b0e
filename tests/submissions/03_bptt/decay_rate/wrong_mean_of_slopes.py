"""You fit each seed alone and take the mean of the slopes: a row with two numbers then counts as
much as one with twelve. Fit one slope to all. See section 3.10.
"""

import numpy as np


def decay_rate(norms):
    slopes = []
    for row in norms:
        lags = np.flatnonzero(row)
        slopes.append(np.polyfit(lags, np.log(row[lags]), 1)[0])
    return np.exp(np.mean(slopes))
