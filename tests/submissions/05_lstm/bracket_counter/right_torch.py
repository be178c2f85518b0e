import torch


def bracket_counter():
    size = 25.0
    i = torch.tensor([1.0, 1.0, 1.0, 1.0, 1.0])
    f = torch.tensor([1.0, 1.0, -1.0, 1.0, 1.0])
    g = torch.tensor([1.0, -1.0, 0.0, 0.0, 0.0])
    o = torch.tensor([-1.0, -1.0, -1.0, 1.0, -1.0])
    return size * torch.stack([i, f, g, o]), torch.zeros(4, 1), torch.zeros(4)
