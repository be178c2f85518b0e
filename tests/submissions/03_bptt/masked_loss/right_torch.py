import torch


def masked_loss(logits, targets, lengths):
    logits, targets = torch.tensor(logits), torch.tensor(targets)
    real = torch.arange(logits.shape[1]) < torch.tensor(lengths)[:, None]
    log_p = logits.log_softmax(dim=-1)
    loss = -log_p.gather(-1, targets[..., None])[..., 0][real].mean()
    errors = torch.zeros_like(logits)
    errors[real] = log_p[real].exp()
    errors[real] -= torch.nn.functional.one_hot(targets[real], logits.shape[-1])
    return loss, errors / real.sum()
