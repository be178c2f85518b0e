import numpy as np


def peephole_backward(parameters, x, h, c, gates, dh, dc):
    p = parameters
    grads = {name: np.zeros_like(value) for name, value in p.items()}
    rows = {"x": [], "h": [], "c": []}
    for b in range(len(x)):
        i, f, g, o, new = (gates[name][b] for name in ("i", "f", "g", "o", "c"))
        do = dh[b] * np.tanh(new) * o * (1 - o)
        e = dc[b] + dh[b] * o * (1 - np.tanh(new) ** 2) + do * p["weight_co"]
        di, df, dg = e * g * i * (1 - i), e * c[b] * f * (1 - f), e * i * (1 - g**2)
        a = np.concatenate([di, df, dg, do])
        grads["weight_ih"] += np.outer(a, x[b])
        grads["weight_hh"] += np.outer(a, h[b])
        grads["bias"] += a
        grads["weight_ci"] += di * c[b]
        grads["weight_cf"] += df * c[b]
        grads["weight_co"] += do * new
        rows["x"].append(p["weight_ih"].T @ a)
        rows["h"].append(p["weight_hh"].T @ a)
        rows["c"].append(e * f + di * p["weight_ci"] + df * p["weight_cf"])
    return {**grads, **{name: np.array(row) for name, row in rows.items()}}
