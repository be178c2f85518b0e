import numpy as np


def decayed_sequence(x, gaps, h0, weight_ih, weight_hh, bias, weight_gap, bias_gap):
    H = h0.shape[1]
    states = []
    for b in range(len(x)):
        h, row = h0[b], []
        for event, gap in zip(x[b], gaps[b]):
            h = h * np.minimum(1, np.exp(-(weight_gap * gap + bias_gap)))
            drive = weight_ih @ event + bias
            r = sigmoid(drive[:H] + weight_hh[:H] @ h)
            z = sigmoid(drive[H : 2 * H] + weight_hh[H : 2 * H] @ h)
            n = np.tanh(drive[2 * H :] + weight_hh[2 * H :] @ (r * h))
            h = (1 - z) * n + z * h
            row.append(h)
        states.append(row)
    return states
