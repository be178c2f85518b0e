"""Your cell does not come up at 1: at h = 0 without input and bias the state stays exactly
0. Give it a small push. See section 2.11.
"""

import numpy as np


def latch():
    return np.array([[10.0, -10.0]]), np.array([[5.0]]), np.array([0.0])
