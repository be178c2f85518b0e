"""Your rows stand in the order i, f, o, g: the third row is the candidate's and the fourth the
output gate's. See section 5.4.
"""

import numpy as np


def bracket_counter():
    weight_ih = np.array(
        [
            [0.0, 0.0, 0.0, 0.0, 0.0],  # i
            [0.0, 0.0, -40.0, 0.0, 0.0],  # f
            [0.0, 0.0, 0.0, 40.0, 0.0],  # o
            [20.0, -20.0, 0.0, 0.0, 0.0],  # g
        ]
    )
    weight_hh = np.zeros((4, 1))
    bias = np.array([20.0, 20.0, -20.0, 0.0])
    return weight_ih, weight_hh, bias
