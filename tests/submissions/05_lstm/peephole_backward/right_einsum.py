import numpy as np


def peephole_backward(parameters, x, h, c, gates, dh, dc):
    i, f, g, o, new = (gates[name] for name in "ifgoc")
    p, H = parameters, h.shape[1]
    a = np.empty((len(x), 4, H))
    a[:, 3] = dh * np.tanh(new) * (o - o**2)
    cell = dc + dh * o / np.cosh(new) ** 2 + p["weight_co"] * a[:, 3]
    a[:, 0] = cell * g * (i - i**2)
    a[:, 1] = cell * c * (f - f**2)
    a[:, 2] = cell * i * (1 - g) * (1 + g)
    looked = {"weight_ci": (0, c), "weight_cf": (1, c), "weight_co": (3, new)}
    grads = {name: np.einsum("bh,bh->h", a[:, k], seen) for name, (k, seen) in looked.items()}
    grads["c"] = f * cell + p["weight_ci"] * a[:, 0] + p["weight_cf"] * a[:, 1]
    a = a.reshape(len(x), 4 * H)
    grads["weight_ih"] = np.einsum("bk,bd->kd", a, x)
    grads["weight_hh"] = np.einsum("bk,bh->kh", a, h)
    grads["bias"] = np.einsum("bk->k", a)
    grads["x"] = np.einsum("bk,kd->bd", a, p["weight_ih"])
    grads["h"] = np.einsum("bk,kh->bh", a, p["weight_hh"])
    return grads
