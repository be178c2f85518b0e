import numpy as np


def decay_backward(parameters, x, states, candidates, errors):
    p = parameters
    T = x.shape[1]
    # J[b, t] = d h_{t+1} / d h_t, and the immediate error of each state
    J = np.diag(p["decay"]) + (1 - candidates**2)[..., None] * p["weight_hh"]
    own = errors @ p["weight_hy"]
    arrives = np.zeros_like(states)
    for end in range(T):
        error = own[:, end]
        for t in range(end, -1, -1):
            arrives[:, t + 1] += error
            error = np.einsum("bi,bij->bj", error, J[:, t])
        arrives[:, 0] += error
    total = arrives[:, 1:]
    delta = total * (1 - candidates**2)

    def flat(array):
        return array.reshape(-1, array.shape[-1])

    return {
        "weight_ih": flat(delta).T @ flat(x),
        "weight_hh": flat(delta).T @ flat(states[:, :-1]),
        "bias": flat(delta).sum(axis=0),
        "decay": (flat(total) * flat(states[:, :-1])).sum(axis=0),
        "weight_hy": flat(errors).T @ flat(states[:, 1:]),
        "bias_y": flat(errors).sum(axis=0),
        "state": arrives[:, 0],
    }
