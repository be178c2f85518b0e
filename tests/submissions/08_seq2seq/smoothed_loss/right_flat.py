import numpy as np


def smoothed_loss(logits, targets, mask, epsilon):
    b, u = np.nonzero(mask)
    z, y, n = logits[b, u], targets[b, u], np.arange(len(b))
    weight = 1 / (len(mask) * mask.sum(axis=1)[b])
    total = np.logaddexp.reduce(z, axis=1)
    share = epsilon / (z.shape[1] - 2)
    # log-sum-exp less what q takes of the logits
    taken = share * (z[:, 1:].sum(axis=1) - z[n, y]) + (1 - epsilon) * z[n, y]
    d = np.exp(z - total[:, None])
    d[:, 1:] -= share
    d[n, y] += share - (1 - epsilon)
    gradient = np.zeros_like(logits)
    gradient[b, u] = weight[:, None] * d
    return weight @ (total - taken), gradient
