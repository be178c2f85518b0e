import math

import numpy as np


def begin(N, D, seed):
    return {"weights": [0] * D, "moving": [0] * D, "seed": seed, "done": 0}


def go_on(state, x, y, steps, batch):
    """Keep no generator: draw and drop the orders of the epochs that are over."""
    per_epoch = math.ceil(len(x) / batch)
    w, v, k = np.array(state["weights"]), np.array(state["moving"]), state["done"]
    for k in range(state["done"], state["done"] + steps):
        epoch, place = divmod(k, per_epoch)
        rng = np.random.default_rng(state["seed"])
        for _ in range(epoch + 1):
            order = rng.permutation(len(x))
        gradient = np.zeros(x.shape[1])
        chosen = order[place * batch : (place + 1) * batch]
        for n in chosen:
            gradient = gradient + 2 * (w @ x[n] - y[n]) * x[n] / len(chosen)
        v = 0.9 * v + gradient
        w = w - 0.1 * v / (1 + k / 10)
    done = state["done"] + steps
    return {"weights": w.tolist(), "moving": v.tolist(), "seed": state["seed"], "done": done}
