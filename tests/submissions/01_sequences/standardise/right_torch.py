import torch


def standardise(x, mask):
    x, real = torch.as_tensor(x), torch.as_tensor(mask).bool()
    rows = x[real]
    sigma, mu = torch.std_mean(rows, dim=0, correction=0)
    out = torch.zeros_like(x)
    out[real] = torch.where(sigma > 1e-12, (rows - mu) / sigma.clamp(min=1e-12), 0.0)
    return out
