"""Your gradient is that of the sum over places and answers, while the loss is a mean of means:
both have the same weights. See section 8.4.
"""

import numpy as np


def smoothed_loss(logits, targets, mask, epsilon):
    B, U, V = logits.shape
    counts = mask.sum(axis=1)
    loss, gradient = 0.0, np.zeros((B, U, V))
    for b in range(B):
        for u in range(U):
            if not mask[b, u]:
                continue
            z = logits[b, u]
            logs = z - z.max() - np.log(np.exp(z - z.max()).sum())
            q = np.full(V, epsilon / (V - 2))
            q[0] = 0
            q[targets[b, u]] = 1 - epsilon
            weight = 1 / (B * counts[b])
            loss -= weight * (q * logs).sum()
            gradient[b, u] = np.exp(logs) - q
    return loss, gradient
