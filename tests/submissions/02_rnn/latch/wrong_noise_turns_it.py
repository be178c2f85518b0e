"""Your cell turns over in the noise: the input weights are so large, beside w_hh, that a
line at 0.1 counts as a pulse. See section 2.12.
"""

import numpy as np


def latch():
    return np.array([[50.0, -50.0]]), np.array([[5.0]]), np.array([0.5])
