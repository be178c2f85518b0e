import numpy as np


def decayed_sequence(x, gaps, h0, weight_ih, weight_hh, bias, weight_gap, bias_gap):
    H = h0.shape[1]
    decays = np.exp(-np.clip(gaps[..., None] * weight_gap + bias_gap, 0, None))
    drives = np.einsum("btd,kd->btk", x, weight_ih) + bias
    states = np.empty((*x.shape[:2], H))
    h = h0
    for t in range(x.shape[1]):
        h = decays[:, t] * h
        gates = 1 / (1 + np.exp(-drives[:, t, : 2 * H] - h @ weight_hh[: 2 * H].T))
        r, z = gates[:, :H], gates[:, H:]
        n = np.tanh(drives[:, t, 2 * H :] + (r * h) @ weight_hh[2 * H :].T)
        h = n + z * (h - n)
        states[:, t] = h
    return states
