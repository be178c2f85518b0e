import numpy as np


def several_looks(states, mask, inner, outer):
    (B, T, D), r = states.shape, len(outer)
    read, weights, penalty = np.zeros((B, r, D)), np.zeros((B, r, T)), np.zeros(B)
    for b in range(B):
        there = np.flatnonzero(mask[b])
        h = states[b, there]
        for i in range(r):
            e = np.tanh(h @ inner.T) @ outer[i]
            p = np.exp(e - e.max())
            weights[b, i, there] = p / p.sum()
            read[b, i] = (p / p.sum()) @ h
        for i in range(r):
            for j in range(r):
                penalty[b] += (weights[b, i] @ weights[b, j] - (i == j)) ** 2
    return read, weights, penalty
