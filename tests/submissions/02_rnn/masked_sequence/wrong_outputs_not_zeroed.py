"""Your last state is right, but where a step is missing your output repeats the state that
stands there: the output is zero. See section 2.10.
"""

import numpy as np


def masked_sequence(x, mask, h0, weight_ih, weight_hh, bias):
    h, outputs = h0, []
    for t in range(x.shape[1]):
        new = np.tanh(x[:, t] @ weight_ih.T + h @ weight_hh.T + bias)
        h = np.where(mask[:, t, None] != 0, new, h)
        outputs.append(h)
    return np.stack(outputs, axis=1), h
