"""Your set line is weaker than the feedback: set while the bit is 1, it turns it over, for U_n
pulls down with 5. Make its weight larger, or shut the reset gate at a set. See section 6.3.
"""

import numpy as np


def toggle():
    weight_ih = np.array(
        [
            [0.0, 0.0],  # r
            [-40.0, -40.0],  # z
            [0.0, 4.0],  # n
        ]
    )
    weight_hh = np.array([[0.0], [0.0], [-5.0]])
    bias = np.array([20.0, 20.0, 0.0])
    return weight_ih, weight_hh, bias
