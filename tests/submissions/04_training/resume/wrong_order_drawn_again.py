"""After the stop you draw an order anew and go on in the middle of it: some examples then
come twice in an epoch and others not at all. The state must hold the order itself. See
section 4.10.
"""

import numpy as np


def begin(N, D, seed):
    generator = np.random.default_rng(seed).bit_generator.state
    zeros = [0.0] * D
    return {
        "weights": zeros,
        "velocity": zeros,
        "steps": 0,
        "order": [],
        "used": 0,
        "generator": generator,
        "seed": seed,
    }


def go_on(state, x, y, steps, batch):
    rng = np.random.default_rng()
    rng.bit_generator.state = state["generator"]
    w, v = np.array(state["weights"]), np.array(state["velocity"])
    used, done = state["used"], state["steps"]
    order = rng.permutation(len(x)).tolist()
    used = len(order) if done == 0 else used
    if done == 0:
        rng.bit_generator.state = state["generator"]
    for k in range(done, done + steps):
        if used == len(order):
            order, used = rng.permutation(len(x)).tolist(), 0
        chosen = order[used : used + batch]
        used += len(chosen)
        g = 2 / len(chosen) * (x[chosen] @ w - y[chosen]) @ x[chosen]
        v = 0.9 * v + g
        w = w - 0.1 / (1 + k / 10) * v
    return {
        "weights": w.tolist(),
        "velocity": v.tolist(),
        "steps": done + steps,
        "order": order,
        "used": used,
        "generator": rng.bit_generator.state,
        "seed": state["seed"],
    }
