"""Your weight_hh is flat: it has a row for each gate and a column for the unit's own output, the
shape (4, 1). See section 5.4.
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
    weight_hh = np.zeros(4)
    bias = np.array([20.0, 20.0, 0.0, -20.0])
    return weight_ih, weight_hh, bias
