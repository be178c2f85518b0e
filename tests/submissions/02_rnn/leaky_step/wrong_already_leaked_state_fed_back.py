"""Your state is what you get when the scaled old state is fed back: inside the tanh W_hh
takes h as it was. See section 2.4.
"""

import numpy as np


def leaky_step(x, h, alpha, weight_ih, weight_hh, bias):
    kept = (1 - alpha) * h
    return kept + alpha * np.tanh(x @ weight_ih.T + kept @ weight_hh.T + bias)
