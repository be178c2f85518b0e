"""Your state is what you get when the two parts are swapped: alpha is the part that is
renewed, 1 - alpha the part that is kept. See section 2.4.
"""

import numpy as np


def leaky_step(x, h, alpha, weight_ih, weight_hh, bias):
    candidate = np.tanh(x @ weight_ih.T + h @ weight_hh.T + bias)
    return alpha * h + (1 - alpha) * candidate
