import numpy as np


def latch():
    w_hh = 7.0
    edge = np.sqrt(1 - 1 / w_hh)
    fold = w_hh * edge - np.arctanh(edge)  # a smaller drive cannot turn the bit over
    bias = 0.1 * fold
    weight = 1.9 * w_hh
    assert 0.2 * weight + bias < fold
    return np.array([[weight, -weight]]), np.array([[w_hh]]), np.array([bias])
