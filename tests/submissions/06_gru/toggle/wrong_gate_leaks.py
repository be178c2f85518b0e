"""Your gate keeps nearly all, and nearly is not enough: with a bias of 5 and noise on the lines
it takes a bit of the candidate at each step, and the bit wears off within 200. See section 6.12.
"""

import numpy as np


def toggle():
    weight_ih = np.array(
        [
            [0.0, 0.0],  # r
            [-20.0, -20.0],  # z
            [0.0, 20.0],  # n
        ]
    )
    weight_hh = np.array([[0.0], [0.0], [-5.0]])
    bias = np.array([20.0, 5.0, 0.0])
    return weight_ih, weight_hh, bias
