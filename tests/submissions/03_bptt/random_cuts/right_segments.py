import numpy as np


def random_cuts(parameters, x, states, candidates, errors, cuts, probability):
    """Each stretch between two cuts is a sequence of its own."""
    p, T = parameters, x.shape[1]
    starts = [0] + [t for t in range(1, T) if cuts[t]]
    stops = starts[1:] + [T]
    grads = {name: np.zeros_like(value) for name, value in p.items()}
    grads["state"] = np.zeros_like(states[:, 0])
    for start, stop in zip(starts, stops):
        g = np.zeros_like(states[:, 0])
        for t in reversed(range(start, stop)):
            g = g + errors[:, t] @ p["weight_hy"]
            d = g - g * candidates[:, t] ** 2
            grads["weight_hy"] += errors[:, t].T @ states[:, t + 1]
            grads["bias_y"] += errors[:, t].sum(axis=0)
            grads["decay"] += np.einsum("bh,bh->h", g, states[:, t])
            grads["weight_ih"] += d.T @ x[:, t]
            grads["weight_hh"] += d.T @ states[:, t]
            grads["bias"] += d.sum(axis=0)
            g = (g * p["decay"] + d @ p["weight_hh"]) / (1 - probability)
        if start == 0 and not cuts[0]:
            grads["state"] = g
    return grads
