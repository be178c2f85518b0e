import torch


def paired_comparison(first, second, quantiles):
    shared = [seed for seed in second if seed in first]
    d = torch.tensor([[first[s], second[s]] for s in shared], dtype=torch.float64) @ torch.tensor(
        [1.0, -1.0], dtype=torch.float64
    )
    half = quantiles[len(d) - 1] * d.std() / len(d) ** 0.5
    low, high = d.mean() - half, d.mean() + half
    words = ["first is better", "undecided", "second is better"]
    return d.mean(), low, high, words[1 - int(high < 0) + int(low > 0)]
