import numpy as np


def read_recordings(x, starts, lengths, weight_ih, weight_ahead, weight_back, bias):
    T = x.shape[1]
    outputs, last, first = 0, 0, 0
    held_a = np.zeros((len(x), len(bias)))
    held_b = np.zeros((len(x), len(bias)))
    outputs = np.zeros((len(x), T, len(bias)))
    for t, r in zip(range(T), reversed(range(T))):
        for place, weight, held in ((t, weight_ahead, held_a), (r, weight_back, held_b)):
            live = (place >= starts) & (place < starts + lengths)
            held[live] = np.tanh(x[live, place] @ weight_ih.T + held[live] @ weight.T + bias)
            outputs[live, place] += held[live]
    return outputs, held_a, held_b
