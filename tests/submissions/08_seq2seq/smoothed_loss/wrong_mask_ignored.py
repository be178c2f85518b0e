"""You count the padding too, as if symbol 0 were an answer: where the mask is 0 there is no loss
and no gradient. See section 8.4.
"""

import numpy as np


def smoothed_loss(logits, targets, mask, epsilon):
    B, U, V = logits.shape
    counts = mask.sum(axis=1)
    loss, gradient = 0.0, np.zeros((B, U, V))
    for b in range(B):
        for u in range(U):
            z = logits[b, u]
            logs = z - z.max() - np.log(np.exp(z - z.max()).sum())
            q = np.full(V, epsilon / (V - 2))
            q[0] = 0
            q[targets[b, u]] = 1 - epsilon
            weight = 1 / (B * U)
            loss -= weight * (q * logs).sum()
            gradient[b, u] = weight * (np.exp(logs) - q)
    return loss, gradient
