"""Your hidden state shows the old cell: what goes out is tanh of the new one. See section 5.4."""

import numpy as np


def mirrored_step(x, h, c, weight_ih, weight_hh, bias, peepholes):
    a_i, a_g, a_o = np.split(x @ weight_ih.T + h @ weight_hh.T + bias, 3, axis=1)
    i = sigmoid(a_i + peepholes[0] * c)
    f = 1 - i
    g = np.tanh(a_g)
    c_new = f * c + i * g
    o = sigmoid(a_o + peepholes[1] * c_new)
    return o * np.tanh(c), c_new
