import torch

from rnn_utils import attention


def coverage_step(state, memory, mask, coverage, weight_query, weight_memory, weight_coverage, v):
    arrays = (state, memory, mask, coverage, weight_query, weight_memory, weight_coverage, v)
    s, m, real, kappa, w_q, w_m, w_c, v = map(torch.tensor, arrays)
    hidden = torch.tanh(s.unsqueeze(1) @ w_q.T + m @ w_m.T + kappa.unsqueeze(2) * w_c)
    alpha = attention.masked_softmax(hidden @ v, real)
    context = (alpha.unsqueeze(1) @ m).squeeze(1)
    return context, alpha, kappa + alpha, torch.minimum(alpha, kappa).sum(1)
