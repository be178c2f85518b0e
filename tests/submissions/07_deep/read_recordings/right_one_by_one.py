import numpy as np


def read_recordings(x, starts, lengths, weight_ih, weight_ahead, weight_back, bias):
    H = len(bias)
    outputs = np.zeros((*x.shape[:2], H))
    last, first = np.zeros((2, len(x), H))
    for b, (start, length) in enumerate(zip(starts, lengths)):
        for t in range(start, start + length):
            last[b] = np.tanh(weight_ih @ x[b, t] + weight_ahead @ last[b] + bias)
            outputs[b, t] += last[b]
        for t in reversed(range(start, start + length)):
            first[b] = np.tanh(weight_ih @ x[b, t] + weight_back @ first[b] + bias)
            outputs[b, t] += first[b]
    return outputs, last, first
