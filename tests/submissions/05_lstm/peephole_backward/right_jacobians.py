import numpy as np


def peephole_backward(parameters, x, h, c, gates, dh, dc):
    i, f, g, o, new = (gates[name] for name in "ifgoc")
    p = parameters
    slope_o, slope_t = o * (1 - o), 1 - np.tanh(new) ** 2
    # h as a function of the new cell, its peephole included
    h_by_c = o * slope_t + np.tanh(new) * slope_o * p["weight_co"]
    c_by = {"i": g * i * (1 - i), "f": c * f * (1 - f), "g": i * (1 - g**2)}
    cell = dc + dh * h_by_c
    a = np.hstack([*(cell * c_by[name] for name in "ifg"), dh * np.tanh(new) * slope_o])
    c_by_old = f + c_by["i"] * p["weight_ci"] + c_by["f"] * p["weight_cf"]
    return {
        "weight_ih": a.T @ x,
        "weight_hh": a.T @ h,
        "bias": np.ones(len(x)) @ a,
        "weight_ci": np.sum(cell * c_by["i"] * c, axis=0),
        "weight_cf": np.sum(cell * c_by["f"] * c, axis=0),
        "weight_co": np.sum(dh * np.tanh(new) * slope_o * new, axis=0),
        "x": a @ p["weight_ih"],
        "h": a @ p["weight_hh"],
        "c": cell * c_by_old,
    }
