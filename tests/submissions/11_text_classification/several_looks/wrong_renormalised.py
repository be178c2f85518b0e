"""You take the softmax over all steps, put zeros on the padding and divide by what is left. With
large scores the padding can take all there is, and nothing is left: 0 / 0. Leave padding out
before the softmax, with a score of -inf. See section 11.8.
"""

import numpy as np


def several_looks(states, mask, inner, outer):
    real = np.where(mask[:, :, None], states, 0.0)
    scores = (np.tanh(real @ inner.T) @ outer.T).transpose(0, 2, 1)  # (B, r, T)
    weights = np.exp(scores - scores.max(axis=2, keepdims=True)) * mask[:, None, :]
    with np.errstate(all="ignore"):
        weights = weights / weights.sum(axis=2, keepdims=True)
    gram = weights @ weights.transpose(0, 2, 1)
    penalty = np.square(gram - np.eye(len(outer))).sum(axis=(1, 2))
    return weights @ real, weights, penalty
