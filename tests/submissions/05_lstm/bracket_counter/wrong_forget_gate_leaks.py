"""Your forget gate is nearly open, and nearly is not enough: sigma(5) = 0.9933, and over 280
steps the count melts away. See section 5.9.
"""

import numpy as np


def bracket_counter():
    weight_ih = np.array(
        [
            [0.0, 0.0, 0.0, 0.0, 0.0],  # i
            [0.0, 0.0, -40.0, 0.0, 0.0],  # f
            [20.0, -20.0, 0.0, 0.0, 0.0],  # g
            [0.0, 0.0, 0.0, 40.0, 0.0],  # o
        ]
    )
    weight_hh = np.zeros((4, 1))
    bias = np.array([20.0, 5.0, 0.0, -20.0])
    return weight_ih, weight_hh, bias
