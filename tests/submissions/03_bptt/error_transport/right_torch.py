import torch


def error_transport(weight_hh, decay, candidates, first, last):
    w, d, u = torch.tensor(weight_hh), torch.tensor(decay), torch.tensor(candidates)
    rows = torch.eye(len(d), dtype=w.dtype)
    for t in range(last - 1, first - 1, -1):
        rows = rows * d + (rows * (1 - u[t] ** 2)) @ w
    return rows, torch.linalg.matrix_norm(rows, ord=2)
