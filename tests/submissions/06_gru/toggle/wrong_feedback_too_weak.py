"""Your bit shrinks at each toggle: tanh(u h) gives back a full bit only if |u| is well above 1.
See section 6.12.
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
    weight_hh = np.array([[0.0], [0.0], [-0.8]])
    bias = np.array([20.0, 20.0, 0.0])
    return weight_ih, weight_hh, bias
