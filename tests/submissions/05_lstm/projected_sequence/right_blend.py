import numpy as np


def projected_sequence(x, lengths, r0, c0, weight_ih, weight_hh, bias, weight_r, weight_p):
    B, T, _ = x.shape
    R, H = weight_r.shape
    y = np.zeros((B, T, R + len(weight_p)))
    r, c = r0.copy(), c0.copy()
    for t in range(T):
        a = x[:, t] @ weight_ih.T + r @ weight_hh.T + bias
        i, f, o = (1 / (1 + np.exp(-a[:, k * H : (k + 1) * H])) for k in (0, 1, 3))
        real = (lengths > t).astype(float)[:, None]
        new = f * c + i * np.tanh(a[:, 2 * H : 3 * H])
        y[:, t] = real * ((o * np.tanh(new)) @ np.vstack([weight_r, weight_p]).T)
        c = real * new + (1 - real) * c
        r = real * y[:, t, :R] + (1 - real) * r
    return y, r, c
