"""Your lines are swapped: the first sets (a positive weight), the second clears (a negative
one). See section 2.12.
"""

import numpy as np


def latch():
    return np.array([[-10.0, 10.0]]), np.array([[5.0]]), np.array([0.5])
