import torch


def mgu_backward(parameters, x, h, gates, dh):
    named = {**parameters, "x": x, "h": h}
    p = {name: torch.tensor(array, requires_grad=True) for name, array in named.items()}
    H = h.shape[1]
    drive = p["x"] @ p["weight_ih"].T + p["bias"]
    f = torch.sigmoid(drive[:, :H] + p["h"] @ p["weight_hh"][:H].T)
    n = torch.tanh(drive[:, H:] + (f * p["h"]) @ p["weight_hh"][H:].T)
    ((1 - f) * p["h"] + f * n).backward(torch.tensor(dh))
    return {name: leaf.grad for name, leaf in p.items()}
