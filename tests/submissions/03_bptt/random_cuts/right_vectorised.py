import numpy as np


def random_cuts(parameters, x, states, candidates, errors, cuts, probability):
    p = parameters
    worth = np.where(cuts, 0, 1) / (1 - probability)
    slopes, totals = 1 - candidates**2, errors @ p["weight_hy"]

    def back(t):
        g = totals[:, t]
        return worth[t] * (p["decay"] * g + (slopes[:, t] * g) @ p["weight_hh"])

    for t in range(x.shape[1] - 1, 0, -1):
        totals[:, t - 1] += back(t)
    deltas = slopes * totals
    return {
        "weight_hy": np.einsum("btk,bth->kh", errors, states[:, 1:]),
        "bias_y": errors.sum(axis=(0, 1)),
        "decay": (totals * states[:, :-1]).sum(axis=(0, 1)),
        "weight_ih": np.einsum("bth,btd->hd", deltas, x),
        "weight_hh": np.einsum("bth,btg->hg", deltas, states[:, :-1]),
        "bias": deltas.sum(axis=(0, 1)),
        "state": back(0),
    }
