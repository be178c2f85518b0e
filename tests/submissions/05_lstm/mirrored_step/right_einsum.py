import numpy as np


def mirrored_step(x, h, c, weight_ih, weight_hh, bias, peepholes):
    H = h.shape[1]
    a = np.einsum("bd,kd->bk", x, weight_ih) + np.einsum("bh,kh->bk", h, weight_hh) + bias
    write = 1 / (1 + np.exp(-a[:, :H] - peepholes[0] * c))
    cell = c + write * (np.tanh(a[:, H : 2 * H]) - c)
    out = 1 / (1 + np.exp(-a[:, 2 * H :] - peepholes[1] * cell))
    return out * np.tanh(cell), cell
