import torch


def decay_backward(parameters, x, states, candidates, errors):
    p = {name: torch.tensor(value) for name, value in parameters.items()}
    x, states, candidates, errors = map(torch.tensor, (x, states, candidates, errors))
    grads = {name: torch.zeros_like(value) for name, value in p.items()}
    g = torch.zeros_like(states[:, 0])
    for t in range(x.shape[1] - 1, -1, -1):
        g = g + errors[:, t] @ p["weight_hy"]
        d = g * (1 - candidates[:, t].square())
        grads["weight_hy"] += errors[:, t].T @ states[:, t + 1]
        grads["bias_y"] += errors[:, t].sum(0)
        grads["decay"] += (g * states[:, t]).sum(0)
        grads["weight_ih"] += d.T @ x[:, t]
        grads["weight_hh"] += d.T @ states[:, t]
        grads["bias"] += d.sum(0)
        g = g * p["decay"] + d @ p["weight_hh"]
    grads["state"] = g
    return grads
