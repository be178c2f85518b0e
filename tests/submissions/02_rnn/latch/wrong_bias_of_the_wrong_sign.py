"""Your cell comes up at 0: the bias pushes it to the wrong side. See section 2.11."""

import numpy as np


def latch():
    return np.array([[10.0, -10.0]]), np.array([[5.0]]), np.array([-0.5])
