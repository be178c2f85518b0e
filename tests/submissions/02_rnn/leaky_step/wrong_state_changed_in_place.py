"""Your numbers are right, but your function writes the new state into its argument h, and
whoever called it loses the old one: make a new array. See section 2.9.
"""

import numpy as np


def leaky_step(x, h, alpha, weight_ih, weight_hh, bias):
    candidate = np.tanh(x @ weight_ih.T + h @ weight_hh.T + bias)
    h *= 1 - alpha
    h += alpha * candidate
    return h
