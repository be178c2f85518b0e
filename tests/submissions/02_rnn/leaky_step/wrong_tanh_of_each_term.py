"""Your state is what you get when tanh is taken of each term and the results are added: add
the terms first, then take one tanh. See section 2.4.
"""

import numpy as np


def leaky_step(x, h, alpha, weight_ih, weight_hh, bias):
    candidate = np.tanh(x @ weight_ih.T + bias) + np.tanh(h @ weight_hh.T)
    return (1 - alpha) * h + alpha * candidate
