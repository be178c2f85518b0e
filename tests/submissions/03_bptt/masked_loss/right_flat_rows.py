import numpy as np


def masked_loss(logits, targets, lengths):
    real = [(b, t) for b in range(len(lengths)) for t in range(lengths[b])]
    rows, steps = np.array(real).T
    y = logits[rows, steps]
    top = y.max(axis=1)
    log_total = top + np.log(np.exp(y - top[:, None]).sum(axis=1))
    k = targets[rows, steps]
    order = np.arange(len(k))
    p = np.exp(y - log_total[:, None])
    p[order, k] -= 1
    errors = np.zeros_like(logits)
    errors[rows, steps] = p / len(k)
    return np.mean(log_total - y[order, k]), errors
