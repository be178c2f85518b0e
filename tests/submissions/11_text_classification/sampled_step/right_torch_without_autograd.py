import torch
from torch import nn


def sampled_step(v, u, centres, targets, negatives, rate):
    v, u, centres, targets, drawn = map(torch.tensor, (v, u, centres, targets, negatives))
    asks, size = v[centres], len(centres)
    true = (u[targets] * asks).sum(1)
    false = (u[drawn] * asks.unsqueeze(1)).sum(2)
    kept = drawn != targets.unsqueeze(1)
    loss = nn.functional.softplus(-true).sum() + nn.functional.softplus(false)[kept].sum()
    up, down = torch.sigmoid(true) - 1, torch.sigmoid(false) * kept
    dasks = up.unsqueeze(1) * u[targets] + (down.unsqueeze(2) * u[drawn]).sum(1)
    dv = torch.zeros_like(v).index_add(0, centres, dasks)
    du = torch.zeros_like(u).index_add(0, targets, up.unsqueeze(1) * asks)
    pushes = down.unsqueeze(2) * asks.unsqueeze(1)
    du = du.index_add(0, drawn.flatten(), pushes.flatten(0, 1))
    return (loss / size).item(), v - rate * dv / size, u - rate * du / size
