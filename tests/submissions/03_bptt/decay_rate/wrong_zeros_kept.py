"""Your fit takes the logarithm of the zeros: they say that a norm was too small to be stored,
not that its logarithm is minus infinity. Leave them out. See section 3.10.
"""

import numpy as np


def decay_rate(norms):
    lags = np.arange(norms.shape[1]) + 0.0 * norms
    with np.errstate(all="ignore"):
        logs = np.log(norms)
        logs = logs - logs.mean(axis=1, keepdims=True)
        lags = lags - lags.mean(axis=1, keepdims=True)
        return np.exp((lags * logs).sum() / (lags**2).sum())
