"""Your weight_hh is flat: it has a row for each of r, z, n and one column, the shape (3, 1). See
section 6.3.
"""

import numpy as np


def toggle():
    weight_ih = np.array(
        [
            [0.0, 0.0],  # r
            [-40.0, -40.0],  # z
            [0.0, 20.0],  # n
        ]
    )
    weight_hh = np.array([0.0, 0.0, -5.0])
    bias = np.array([20.0, 20.0, 0.0])
    return weight_ih, weight_hh, bias
