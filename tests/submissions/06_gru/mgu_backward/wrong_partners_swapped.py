"""Your gradients of U_f and U_n pair the errors with each other's input: the gate read h, the
candidate f * h. See section 6.8.
"""

import numpy as np


def mgu_backward(parameters, x, h, gates, dh):
    f, n = gates["f"], gates["n"]
    u_f, u_n = np.split(parameters["weight_hh"], 2)
    a_n = dh * f * (1 - n**2)
    seen = a_n @ u_n
    df = dh * (n - h) + seen * h
    a_f = df * f * (1 - f)
    a = np.concatenate([a_f, a_n], axis=1)
    return {
        "weight_ih": a.T @ x,
        "weight_hh": np.concatenate([a_f.T @ (f * h), a_n.T @ h]),
        "bias": a.sum(axis=0),
        "x": a @ parameters["weight_ih"],
        "h": dh * (1 - f) + seen * f + a_f @ u_f,
    }
