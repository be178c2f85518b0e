import numpy as np


def decay_backward(parameters, x, states, candidates, errors):
    p = parameters
    slopes = 1 - candidates**2
    totals = errors @ p["weight_hy"]
    for t in range(x.shape[1] - 1, 0, -1):
        later = totals[:, t]
        totals[:, t - 1] += p["decay"] * later + (slopes[:, t] * later) @ p["weight_hh"]
    deltas = slopes * totals
    before, after = states[:, :-1], states[:, 1:]
    return {
        "weight_hy": np.einsum("btk,bth->kh", errors, after),
        "bias_y": np.einsum("btk->k", errors),
        "decay": np.einsum("bth,bth->h", totals, before),
        "weight_ih": np.einsum("bth,btd->hd", deltas, x),
        "weight_hh": np.einsum("bth,btg->hg", deltas, before),
        "bias": np.einsum("bth->h", deltas),
        "state": p["decay"] * totals[:, 0] + deltas[:, 0] @ p["weight_hh"],
    }
