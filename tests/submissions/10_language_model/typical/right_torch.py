import torch


def typical(logits, temperature, mass, least):
    logs = torch.tensor(logits / temperature).log_softmax(dim=1)
    p = logs.exp()
    entropy = torch.special.entr(p).sum(dim=1, keepdim=True)
    distance = (-logs - entropy).abs()
    order = distance.sort(dim=1, stable=True).indices
    sorted_p = p.gather(1, order)
    before = sorted_p.cumsum(dim=1) - sorted_p
    keep = before < mass
    keep[:, :least] = True
    keep = torch.zeros_like(keep).scatter(1, order, keep)
    p = p * keep
    return p / p.sum(dim=1, keepdim=True)
