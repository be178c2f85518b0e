"""You compare the first and the last norm of each row and use none between them: a fit by least
squares uses all. See section 3.10.
"""

import numpy as np


def decay_rate(norms):
    top, bottom = 0.0, 0
    for row in norms:
        lags = np.flatnonzero(row)
        top += np.log(row[lags[-1]] / row[lags[0]])
        bottom += lags[-1] - lags[0]
    return np.exp(top / bottom)
