"""Your cell moves at characters that are no brackets: the candidate must be 0 there, so it has no
bias. See section 5.3.
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
    bias = np.array([20.0, 20.0, 1.0, -20.0])
    return weight_ih, weight_hh, bias
