"""Your state is what you get without the tanh: then the whole recurrence is linear. See
section 2.6.
"""

import numpy as np


def leaky_step(x, h, alpha, weight_ih, weight_hh, bias):
    candidate = x @ weight_ih.T + h @ weight_hh.T + bias
    return (1 - alpha) * h + alpha * candidate
