import numpy as np


def decay_backward(parameters, x, states, candidates, errors):
    W_hh, W_hy = parameters["weight_hh"], parameters["weight_hy"]
    grads = {name: 0 * value for name, value in parameters.items()}
    first = []
    for b in range(len(x)):
        g = np.zeros(len(W_hh))
        for t in reversed(range(len(x[b]))):
            h_before, h_after, u, e = states[b, t], states[b, t + 1], candidates[b, t], errors[b, t]
            g = g + W_hy.T @ e
            d = np.diag(1 - u**2) @ g
            grads["weight_hy"] += np.outer(e, h_after)
            grads["bias_y"] += e
            grads["decay"] += g * h_before
            grads["weight_ih"] += np.outer(d, x[b, t])
            grads["weight_hh"] += np.outer(d, h_before)
            grads["bias"] += d
            g = parameters["decay"] * g + W_hh.T @ d
        first.append(g)
    return {**grads, "state": np.array(first)}
