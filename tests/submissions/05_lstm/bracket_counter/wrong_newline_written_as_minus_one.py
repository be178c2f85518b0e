"""Your candidate is -1 at a newline: that takes one bracket away, however many were open. To
clear a cell, close its forget gate. See section 5.3.
"""

import numpy as np


def bracket_counter():
    weight_ih = np.array(
        [
            [0.0, 0.0, 0.0, 0.0, 0.0],  # i
            [0.0, 0.0, 0.0, 0.0, 0.0],  # f
            [20.0, -20.0, -20.0, 0.0, 0.0],  # g
            [0.0, 0.0, 0.0, 40.0, 0.0],  # o
        ]
    )
    weight_hh = np.zeros((4, 1))
    bias = np.array([20.0, 20.0, 0.0, -20.0])
    return weight_ih, weight_hh, bias
