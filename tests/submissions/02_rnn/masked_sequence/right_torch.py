import torch


def masked_sequence(x, mask, h0, weight_ih, weight_hh, bias):
    x, mask, h, w, u, b = map(torch.as_tensor, (x, mask, h0, weight_ih, weight_hh, bias))
    outputs = []
    for inputs, there in zip((x @ w.T + b).unbind(1), mask.bool().unbind(1)):
        h = torch.where(there[:, None], torch.tanh(inputs + h @ u.T), h)
        outputs.append(h * there[:, None])
    return torch.stack(outputs, 1), h
