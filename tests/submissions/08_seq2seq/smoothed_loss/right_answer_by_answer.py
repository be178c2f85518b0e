import numpy as np


def smoothed_loss(logits, targets, mask, epsilon):
    losses, gradients = [], np.zeros_like(logits)
    V = logits.shape[2]
    for b, rows in enumerate(logits):
        places = np.flatnonzero(mask[b])
        p = np.exp(rows[places] - rows[places].max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        q = np.eye(V)[targets[b, places]]
        spread = 1 - q
        spread[:, 0] = 0
        q = (1 - epsilon) * q + epsilon * spread / spread.sum(axis=1, keepdims=True)
        losses.append(-(q * np.log(p)).sum(axis=1).mean())
        gradients[b, places] = (p - q) / len(places)
    return np.mean(losses), gradients / len(losses)
