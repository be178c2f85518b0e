import torch


def batch_perplexity(p, mask):
    p, real = torch.as_tensor(p), torch.as_tensor(mask) > 0
    return torch.exp(
        torch.nn.functional.nll_loss(
            p[real].log()[:, None], torch.zeros(int(real.sum()), dtype=torch.long)
        )
    )
