import numpy as np


def masked_sequence(x, mask, h0, weight_ih, weight_hh, bias):
    B, T, _ = x.shape
    outputs = np.zeros((B, T, len(bias)))
    last = np.array(h0)
    for i in range(B):
        for t in range(T):
            if mask[i, t]:
                last[i] = np.tanh(weight_ih @ x[i, t] + weight_hh @ last[i] + bias)
                outputs[i, t] = last[i]
    return outputs, last
