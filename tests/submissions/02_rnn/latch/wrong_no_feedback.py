"""Your cell has no feedback: with w_hh = 0 the state is gone one step later. See section
2.12.
"""

import numpy as np


def latch():
    return np.array([[10.0, -10.0]]), np.array([[0.0]]), np.array([0.5])
