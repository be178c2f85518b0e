import torch


def toggle():
    weight_ih = torch.zeros(3, 2)
    weight_ih[1] = -50.0
    weight_ih[2, 1] = 30.0
    weight_hh = torch.tensor([[0.0], [0.0], [-8.0]])
    return weight_ih, weight_hh, torch.tensor([15.0, 25.0, 0.0])
