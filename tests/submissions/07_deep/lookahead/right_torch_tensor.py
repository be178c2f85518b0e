import torch


def lookahead(model, x):
    draw = torch.Generator().manual_seed(0)
    x = torch.as_tensor(x)

    def ask(batch):
        return torch.as_tensor(model(batch.numpy().copy())).clone()

    T = x.shape[1]
    ahead = torch.zeros(T, dtype=torch.long)
    before = ask(x)
    for s in range(1, T):
        for _ in range(16):
            other = x.clone()
            other[:, s] = torch.randn(other[:, s].shape, generator=draw, dtype=x.dtype)
            changed = (ask(other) - before).abs().amax(dim=(0, 2)) > 1e-9
            for t in range(s):
                if changed[t]:
                    ahead[t] = s - t
    return ahead
