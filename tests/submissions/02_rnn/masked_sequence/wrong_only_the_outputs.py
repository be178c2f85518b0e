"""Your outputs are right, but the last state is not returned: return both, as a tuple. See
section 2.9.
"""

import numpy as np


def masked_sequence(x, mask, h0, weight_ih, weight_hh, bias):
    h, outputs = h0, []
    for t in range(x.shape[1]):
        there = mask[:, t, None] != 0
        h = np.where(there, np.tanh(x[:, t] @ weight_ih.T + h @ weight_hh.T + bias), h)
        outputs.append(np.where(there, h, 0.0))
    return np.stack(outputs, axis=1)
