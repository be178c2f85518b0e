"""Your answer is what you get when the state itself is multiplied by the mask: a missing
step then wipes the memory, where it should leave it as it is. See section 2.10.
"""

import numpy as np


def masked_sequence(x, mask, h0, weight_ih, weight_hh, bias):
    h, outputs = h0, []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ weight_ih.T + h @ weight_hh.T + bias) * mask[:, t, None]
        outputs.append(h)
    return np.stack(outputs, axis=1), h
