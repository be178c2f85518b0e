"""You fit one constant for all seeds: where a low row ends early, the height of the others
passes for a slope. Give each seed its own constant. See section 3.10.
"""

import numpy as np


def decay_rate(norms):
    lags = np.broadcast_to(np.arange(norms.shape[1]), norms.shape)[norms > 0]
    slope, constant = np.polyfit(lags, np.log(norms[norms > 0]), 1)
    return np.exp(slope)
