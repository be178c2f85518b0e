import torch
from torch import nn


def mirrored_step(x, h, c, weight_ih, weight_hh, bias, peepholes):
    arrays = (x, h, c, weight_ih, weight_hh, bias, peepholes)
    x, h, c, w, u, b, (p_i, p_o) = map(torch.as_tensor, arrays)
    i, g, o = (nn.functional.linear(x, w, b) + nn.functional.linear(h, u)).chunk(3, dim=1)
    c = torch.lerp(c, g.tanh(), torch.sigmoid(i + p_i * c))
    return torch.sigmoid(o + p_o * c) * c.tanh(), c
