"""You let the target compete with the drawn words in a softmax. Negative sampling decides about
each word by itself, with a sigmoid of its own. See section 11.4.
"""

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
    scores = np.where(counts > 0, scores, -np.inf)
    top = scores.max(axis=1, keepdims=True)
    powers = np.exp(scores - top)
    sigma = powers / powers.sum(axis=1, keepdims=True)
    loss = (np.log(powers.sum(axis=1)) + top[:, 0] - scores[:, 0]).sum() / B
    blame = counts * (sigma - label) / B
    dv, du = np.zeros_like(v), np.zeros_like(u)
    np.add.at(dv, centres, np.einsum("bk,bke->be", blame, u[words]))
    np.add.at(du, words, blame[:, :, None] * asks[:, None])
    return loss, v - rate * dv, u - rate * du
