"""Your state is what you get when the new part is added whole: the tanh is scaled by alpha.
See section 2.4.
"""

import numpy as np


def leaky_step(x, h, alpha, weight_ih, weight_hh, bias):
    return (1 - alpha) * h + np.tanh(x @ weight_ih.T + h @ weight_hh.T + bias)
