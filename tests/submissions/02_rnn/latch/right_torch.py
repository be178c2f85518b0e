import torch


def latch():
    return torch.tensor([[12.0, -12.0]]), torch.tensor([[6.0]]), torch.tensor([0.3])
