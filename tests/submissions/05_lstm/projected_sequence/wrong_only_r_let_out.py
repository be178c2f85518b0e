"""Your output is r alone: p goes out beside it at every step. See section 5.4."""

import numpy as np


def projected_sequence(x, lengths, r0, c0, weight_ih, weight_hh, bias, weight_r, weight_p):
    r, c = r0, c0
    outputs = []
    for t in range(x.shape[1]):
        real = (t < lengths)[:, None]
        i, f, g, o = np.split(x[:, t] @ weight_ih.T + r @ weight_hh.T + bias, 4, axis=1)
        c_new = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        m = sigmoid(o) * np.tanh(c_new)
        r_new, p = m @ weight_r.T, m @ weight_p.T
        outputs.append(np.where(real, r_new, 0.0))
        r = np.where(real, r_new, r)
        c = np.where(real, c_new, c)
    return np.stack(outputs, axis=1), r, c
