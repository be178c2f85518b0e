"""Your state is the plain step: alpha is not used, so the whole state is replaced. See
section 2.4.
"""

import numpy as np


def leaky_step(x, h, alpha, weight_ih, weight_hh, bias):
    return np.tanh(x @ weight_ih.T + h @ weight_hh.T + bias)
