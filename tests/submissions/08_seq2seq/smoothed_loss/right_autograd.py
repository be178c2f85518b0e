import torch
from torch import nn


def smoothed_loss(logits, targets, mask, epsilon):
    real, y = torch.tensor(mask).bool(), torch.tensor(targets)
    V = logits.shape[2]
    leaf = torch.tensor(logits, requires_grad=True)
    logs = leaf[real].log_softmax(-1)  # (N, V)
    at_truth = logs.gather(1, y[real][:, None])[:, 0]
    others = logs[:, 1:].sum(1) - at_truth
    each = -(1 - epsilon) * at_truth - epsilon / (V - 2) * others
    shares = real / real.sum(1, keepdim=True) / len(logits)
    loss = (shares[real] * each).sum()
    (gradient,) = torch.autograd.grad(loss, leaf)
    return loss.item(), gradient
