"""You divide by c: a way is open with probability 1 - c, so it is divided by that, and a way
that is never cut is divided by 1. See section 3.8.
"""

import numpy as np


def random_cuts(parameters, x, states, candidates, errors, cuts, probability):
    W_hh, W_hy, decay = parameters["weight_hh"], parameters["weight_hy"], parameters["decay"]
    grads = {name: np.zeros_like(value) for name, value in parameters.items()}
    T = x.shape[1]
    from_future = np.zeros_like(states[:, 0])
    for t in range(T - 1, -1, -1):
        dh = errors[:, t] @ W_hy + from_future
        da = dh * (1 - candidates[:, t] ** 2)
        grads["weight_hy"] += errors[:, t].T @ states[:, t + 1]
        grads["bias_y"] += errors[:, t].sum(axis=0)
        grads["decay"] += (dh * states[:, t]).sum(axis=0)
        grads["weight_ih"] += da.T @ x[:, t]
        grads["weight_hh"] += da.T @ states[:, t]
        grads["bias"] += da.sum(axis=0)
        from_future = (dh * decay + da @ W_hh) / np.float64(probability)
        if cuts[t]:
            from_future = np.zeros_like(dh)
    grads["state"] = from_future
    return grads
