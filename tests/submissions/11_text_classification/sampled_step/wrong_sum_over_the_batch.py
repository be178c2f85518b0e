"""Loss and step are B times too large: the loss is the mean over the batch. See section 11.4."""

import numpy as np


def sampled_step(v, u, centres, targets, negatives, rate):
    B = len(centres)
    words = np.column_stack([targets, negatives])  # (B, 1 + K)
    label = np.zeros(words.shape)
    label[:, 0] = 1.0
    counts = np.ones(words.shape)
    counts[:, 1:] = negatives != targets[:, None]
    asks = v[centres]
    scores = np.einsum("bke,be->bk", u[words], asks)
    signed = np.where(label == 1, scores, -scores)
    loss = (counts * np.logaddexp(0, -signed)).sum()
    sigma = np.exp(-np.logaddexp(0, -scores))
    blame = counts * (sigma - label)
    dv, du = np.zeros_like(v), np.zeros_like(u)
    np.add.at(dv, centres, np.einsum("bk,bke->be", blame, u[words]))
    np.add.at(du, words, blame[:, :, None] * asks[:, None])
    return loss, v - rate * dv, u - rate * du
