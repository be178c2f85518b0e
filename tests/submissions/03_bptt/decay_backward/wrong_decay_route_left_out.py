"""Your error goes back through W_hh only: h_t also depends on h_{t-1} through the decay, and the
two routes are added. See section 3.4.
"""

import numpy as np


def decay_backward(parameters, x, states, candidates, errors):
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
        from_future = da @ W_hh
    grads["state"] = from_future
    return grads
