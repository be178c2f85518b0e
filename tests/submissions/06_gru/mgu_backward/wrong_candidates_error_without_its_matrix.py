"""Your gate's error from the candidate does not go through U_n: between the gate and the
candidate's sum stands that matrix. See section 6.8.
"""

import numpy as np


def mgu_backward(parameters, x, h, gates, dh):
    f, n = gates["f"], gates["n"]
    u_f, u_n = np.split(parameters["weight_hh"], 2)
    a_n = dh * f * (1 - n**2)
    seen = a_n @ u_n
    df = dh * (n - h) + a_n * h
    a_f = df * f * (1 - f)
    a = np.concatenate([a_f, a_n], axis=1)
    return {
        "weight_ih": a.T @ x,
        "weight_hh": np.concatenate([a_f.T @ h, a_n.T @ (f * h)]),
        "bias": a.sum(axis=0),
        "x": a @ parameters["weight_ih"],
        "h": dh * (1 - f) + seen * f + a_f @ u_f,
    }
