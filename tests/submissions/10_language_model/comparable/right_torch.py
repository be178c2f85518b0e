import torch
from torch.nn import functional as F


def comparable(logits, targets, words, unknown, types):
    z = torch.cat([torch.tensor(a).flatten(0, 1) for a in logits])
    y = torch.cat([torch.tensor(a).flatten() for a in targets])
    nats = F.cross_entropy(z, y, ignore_index=-100, reduction="sum")
    spelled = nats + (y == unknown).sum() * torch.tensor(float(types), dtype=torch.float64).log()
    count = (y != -100).sum()
    return nats / count, (nats / words).exp(), (spelled / words).exp()
