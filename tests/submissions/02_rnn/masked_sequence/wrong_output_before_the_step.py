"""Your outputs are one step late: each is the state from before its step. Renew the state,
then write it down. See section 2.5.
"""

import numpy as np


def masked_sequence(x, mask, h0, weight_ih, weight_hh, bias):
    h, outputs = h0, []
    for t in range(x.shape[1]):
        there = mask[:, t, None] != 0
        outputs.append(np.where(there, h, 0.0))
        h = np.where(there, np.tanh(x[:, t] @ weight_ih.T + h @ weight_hh.T + bias), h)
    return np.stack(outputs, axis=1), h
