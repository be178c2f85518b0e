"""Your cell behaves as one whose feedback is below 1: the only state that stands is the one
that the bias picks, and every bit fades. See section 2.11.
"""

import numpy as np


def latch():
    return np.array([[10.0, -10.0]]), np.array([[0.5]]), np.array([0.05])
