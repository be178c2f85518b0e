import numpy as np


def mgu_backward(parameters, x, h, gates, dh):
    f, n, H = gates["f"], gates["n"], h.shape[1]
    U = parameters["weight_hh"]
    a = np.zeros((len(x), 2 * H))
    a[:, H:] = dh * f * (1 + n) * (1 - n)
    through = np.einsum("bk,kh->bh", a[:, H:], U[H:])
    a[:, :H] = (f - f**2) * (dh * n - dh * h + through * h)
    read = np.stack([h, f * h])
    return {
        "weight_ih": np.einsum("bk,bd->kd", a, x),
        "weight_hh": np.einsum("bgk,gbh->gkh", a.reshape(-1, 2, H), read).reshape(2 * H, H),
        "bias": np.einsum("bk->k", a),
        "x": np.einsum("bk,kd->bd", a, parameters["weight_ih"]),
        "h": dh - dh * f + through * f + np.einsum("bk,kh->bh", a[:, :H], U[:H]),
    }
