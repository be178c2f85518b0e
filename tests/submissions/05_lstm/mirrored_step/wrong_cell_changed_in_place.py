"""Your numbers are right, but your function writes the new cell into its argument c: whoever
called it loses the old one. See section 5.5.
"""

import numpy as np


def mirrored_step(x, h, c, weight_ih, weight_hh, bias, peepholes):
    a_i, a_g, a_o = np.split(x @ weight_ih.T + h @ weight_hh.T + bias, 3, axis=1)
    i = sigmoid(a_i + peepholes[0] * c)
    f = 1 - i
    g = np.tanh(a_g)
    c *= f
    c += i * g
    c_new = c
    o = sigmoid(a_o + peepholes[1] * c_new)
    return o * np.tanh(c_new), c_new
