"""Your state is what you get when the tanh is taken of the whole mixture: only the new part
goes through tanh, the kept part of the old state does not. See section 2.4.
"""

import numpy as np


def leaky_step(x, h, alpha, weight_ih, weight_hh, bias):
    drive = x @ weight_ih.T + h @ weight_hh.T + bias
    return np.tanh((1 - alpha) * h + alpha * drive)
