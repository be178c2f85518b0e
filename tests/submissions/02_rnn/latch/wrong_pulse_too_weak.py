"""A pulse does not turn your cell over: its feedback from the other state is stronger than
the pulse. See section 2.12.
"""

import numpy as np


def latch():
    return np.array([[3.0, -3.0]]), np.array([[5.0]]), np.array([0.5])
