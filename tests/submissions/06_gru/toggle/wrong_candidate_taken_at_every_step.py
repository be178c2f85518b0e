"""Your gate never keeps: with z closed all the time the bit turns over by itself at each step.
See section 6.3.
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
    weight_hh = np.array([[0.0], [0.0], [-5.0]])
    bias = np.array([20.0, -20.0, 0.0])
    return weight_ih, weight_hh, bias
