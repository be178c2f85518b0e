import numpy as np


def error_transport(weight_hh, decay, candidates, first, last):
    """Push each unit in turn and follow the push."""
    H = len(decay)
    jacobian = np.zeros((H, H))
    for j in range(H):
        push = np.zeros(H)
        push[j] = 1.0
        for t in range(first, last):
            push = [
                decay[i] * push[i]
                + (1 - candidates[t, i] ** 2) * sum(weight_hh[i, k] * push[k] for k in range(H))
                for i in range(H)
            ]
        jacobian[:, j] = push
    return jacobian, np.linalg.norm(jacobian, ord=2)
