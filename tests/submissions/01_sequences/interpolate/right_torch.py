import torch


def interpolate(train, context, size, weights, blind):
    train, context = torch.as_tensor(train), torch.as_tensor(context)
    p, Z = torch.full((size,), blind / size, dtype=torch.float64), float(blind)
    for j in range(len(weights)):
        if len(train) <= j:
            break
        runs = train.unfold(0, j + 1, 1)
        here = runs[(runs[:, :j] == context[len(context) - j :]).all(dim=1), j]
        if len(here):
            p += float(weights[j]) * torch.bincount(here, minlength=size) / len(here)
            Z += float(weights[j])
    return p / Z
