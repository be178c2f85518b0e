"""You take the mean of one gamma for each seed: fit one slope to the logarithms of all, and take
the exponential once, at the end. See section 3.10.
"""

import numpy as np


def decay_rate(norms):
    rates = []
    for row in norms:
        lags = np.flatnonzero(row)
        rates.append(np.exp(np.polyfit(lags, np.log(row[lags]), 1)[0]))
    return np.mean(rates)
