"""Your cell cannot be kept clear: its bias is so large that only the state near 1 is left.
See section 2.11.
"""

import numpy as np


def latch():
    return np.array([[10.0, -10.0]]), np.array([[5.0]]), np.array([4.0])
