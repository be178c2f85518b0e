import numpy as np


def mgu_backward(parameters, x, h, gates, dh):
    H = h.shape[1]
    U_f, U_n = parameters["weight_hh"][:H], parameters["weight_hh"][H:]
    grads = {name: np.zeros_like(value) for name, value in parameters.items()}
    to_x, to_h = [], []
    for b in range(len(x)):
        f, n = gates["f"][b], gates["n"][b]
        by_n = np.diag(f * (1 - n**2))  # the new state by the candidate's sum
        by_f = (np.diag(n - h[b]) + by_n @ U_n @ np.diag(h[b])) @ np.diag(f * (1 - f))
        a_f, a_n = dh[b] @ by_f, dh[b] @ by_n
        a = np.concatenate([a_f, a_n])
        grads["weight_ih"] += np.outer(a, x[b])
        grads["weight_hh"] += np.vstack([np.outer(a_f, h[b]), np.outer(a_n, f * h[b])])
        grads["bias"] += a
        by_h = np.diag(1 - f) + by_n @ U_n @ np.diag(f) + by_f @ U_f
        to_x.append(a @ parameters["weight_ih"])
        to_h.append(dh[b] @ by_h)
    return {**grads, "x": np.array(to_x), "h": np.array(to_h)}
