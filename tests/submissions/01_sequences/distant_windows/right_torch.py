import torch


def distant_windows(x, length, horizon, column):
    x = torch.as_tensor(x)
    both = x.unfold(0, length + horizon, 1)  # (N, D, T + tau)
    return both[..., :length].transpose(1, 2), both[:, column, length + horizon - 1]
