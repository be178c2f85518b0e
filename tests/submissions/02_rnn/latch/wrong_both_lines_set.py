"""Your cell is set by both lines: the clear line needs a weight of the other sign. See
section 2.12.
"""

import numpy as np


def latch():
    return np.array([[10.0, 10.0]]), np.array([[5.0]]), np.array([0.5])
