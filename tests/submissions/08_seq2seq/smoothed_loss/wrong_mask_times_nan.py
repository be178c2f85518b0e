"""You multiply by the mask, and 0 times NaN is NaN: leave the padded places out before you
compute with them. See section 8.4.
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
            weight = mask[b, u] / (B * counts[b])
            loss -= weight * (q * logs).sum()
            gradient[b, u] = weight * (np.exp(logs) - q)
    return loss, gradient
