"""Your gates do not look at the cell: both peepholes are missing. See section 5.10."""

import numpy as np


def mirrored_step(x, h, c, weight_ih, weight_hh, bias, peepholes):
    a_i, a_g, a_o = np.split(x @ weight_ih.T + h @ weight_hh.T + bias, 3, axis=1)
    i = sigmoid(a_i)
    f = 1 - i
    g = np.tanh(a_g)
    c_new = f * c + i * g
    o = sigmoid(a_o)
    return o * np.tanh(c_new), c_new
