import numpy as np


def masked_sequence(x, mask, h0, weight_ih, weight_hh, bias):
    outputs = np.empty((*x.shape[:2], len(bias)))
    h = h0
    for t in range(x.shape[1]):
        m = mask[:, t : t + 1].astype(float)
        new = np.tanh(x[:, t] @ weight_ih.T + h @ weight_hh.T + bias)
        h = m * new + (1 - m) * h
        outputs[:, t] = m * h
    return outputs, h
