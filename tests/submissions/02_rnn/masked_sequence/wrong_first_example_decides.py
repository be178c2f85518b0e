"""Your answer is what you get when the mask of the first example decides for the whole
batch: each row of the batch has holes of its own. See section 2.10.
"""

import numpy as np


def masked_sequence(x, mask, h0, weight_ih, weight_hh, bias):
    h, outputs = h0, []
    for t in range(x.shape[1]):
        if mask[0, t]:
            h = np.tanh(x[:, t] @ weight_ih.T + h @ weight_hh.T + bias)
            outputs.append(h)
        else:
            outputs.append(np.zeros_like(h))
    return np.stack(outputs, axis=1), h
