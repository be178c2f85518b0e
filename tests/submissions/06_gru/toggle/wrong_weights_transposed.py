"""Your weight_ih has a row for each line: its rows are r, z, n and its columns the lines, the
shape (3, 2). See section 6.3.
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
    bias = np.array([20.0, 20.0, 0.0])
    return weight_ih.T, weight_hh, bias
