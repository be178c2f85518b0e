import numpy as np

from rnn_utils import gru


def decayed_sequence(x, gaps, h0, weight_ih, weight_hh, bias, weight_gap, bias_gap):
    h, outputs = h0, []
    for t in range(x.shape[1]):
        h = h * np.exp(-np.maximum(0, gaps[:, [t]] * weight_gap + bias_gap))
        h = gru.gru_step(x[:, t], h, weight_ih, weight_hh, bias, reset_after=False)
        outputs.append(h)
    return np.stack(outputs, axis=1)
