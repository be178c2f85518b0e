"""Your cell swings from one sign to the other at each step: its feedback is negative. See
section 2.11.
"""

import numpy as np


def latch():
    return np.array([[10.0, -10.0]]), np.array([[-5.0]]), np.array([0.5])
