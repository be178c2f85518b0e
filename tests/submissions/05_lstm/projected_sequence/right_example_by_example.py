import numpy as np


def projected_sequence(x, lengths, r0, c0, weight_ih, weight_hh, bias, weight_r, weight_p):
    outputs = np.zeros((*x.shape[:2], len(weight_r) + len(weight_p)))
    last_r, last_c = np.array(r0), np.array(c0)
    for b, length in enumerate(lengths):
        for t in range(length):
            a = weight_ih @ x[b, t] + weight_hh @ last_r[b] + bias
            i, f, g, o = a.reshape(4, -1)
            last_c[b] = last_c[b] / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
            m = np.tanh(last_c[b]) / (1 + np.exp(-o))
            last_r[b] = weight_r @ m
            outputs[b, t] = [*last_r[b], *(weight_p @ m)]
    return outputs, last_r, last_c
