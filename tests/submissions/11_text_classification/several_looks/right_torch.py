import torch

from rnn_utils import attention


def several_looks(states, mask, inner, outer):
    h, real, inner, outer = map(torch.tensor, (states, mask, inner, outer))
    h = h.masked_fill(~real.unsqueeze(2), 0.0)
    scores = (torch.tanh(h @ inner.T) @ outer.T).transpose(1, 2)
    weights = attention.masked_softmax(scores, real.unsqueeze(1))
    gram = torch.bmm(weights, weights.transpose(1, 2)) - torch.eye(len(outer), dtype=h.dtype)
    return weights @ h, weights, torch.linalg.matrix_norm(gram) ** 2
