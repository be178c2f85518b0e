import torch


def peephole_backward(parameters, x, h, c, gates, dh, dc):
    named = {**parameters, "x": x, "h": h, "c": c}
    p = {name: torch.tensor(array, requires_grad=True) for name, array in named.items()}
    blocks = p["x"] @ p["weight_ih"].T + p["h"] @ p["weight_hh"].T + p["bias"]
    i, f, g, o = blocks.chunk(4, dim=1)
    i, f = torch.sigmoid(i + p["weight_ci"] * p["c"]), torch.sigmoid(f + p["weight_cf"] * p["c"])
    new = f * p["c"] + i * torch.tanh(g)
    out = torch.sigmoid(o + p["weight_co"] * new) * torch.tanh(new)
    torch.autograd.backward([out, new], [torch.tensor(dh), torch.tensor(dc)])
    return {name: leaf.grad for name, leaf in p.items()}
