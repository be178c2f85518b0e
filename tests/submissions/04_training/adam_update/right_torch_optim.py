import torch


def adam_update(weights, gradients, m, s, k, rate, decay, limit):
    together = torch.cat([torch.tensor(g).reshape(-1) for g in gradients.values()])
    factor = min(1.0, limit / max(together.norm().item(), limit * 1e-9))
    after, new_m, new_s = {}, {}, {}
    for name in weights:
        p = torch.tensor(weights[name], requires_grad=True)
        p.grad = factor * torch.tensor(gradients[name])
        adam = torch.optim.AdamW([p], lr=rate, weight_decay=decay if p.ndim > 1 else 0.0)
        adam.state[p] = {
            "step": torch.tensor(k - 1.0),
            "exp_avg": torch.tensor(m[name]),
            "exp_avg_sq": torch.tensor(s[name]),
        }
        adam.step()
        after[name] = p.detach()
        new_m[name], new_s[name] = adam.state[p]["exp_avg"], adam.state[p]["exp_avg_sq"]
    return after, new_m, new_s
