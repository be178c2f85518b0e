import numpy as np


def relative_attention(queries, keys, values, mask, bias):
    Q, T, R = queries.shape[1], keys.shape[1], len(bias) // 2
    # the bias of every distance from -(Q - 1) to T - 1, the ends repeated
    longer = np.pad(bias, max(Q, T), mode="edge")
    zero = R + max(Q, T)  # where the distance 0 stands
    rows = np.stack([longer[zero - q : zero - q + T] for q in range(Q)])  # (Q, T)
    keys, values = keys.copy(), values.copy()
    keys[~mask], values[~mask] = 0, 0
    scores = np.einsum("bqd,btd->bqt", queries / queries.shape[2] ** 0.5, keys) + rows
    real = np.broadcast_to(mask[:, None], scores.shape)
    lowest = np.where(real, scores, scores.min())
    powers = np.exp(scores - lowest.max(2, keepdims=True), where=real, out=np.zeros(scores.shape))
    weights = powers / (powers.sum(2, keepdims=True) + (1 - real.any(2, keepdims=True)))
    return weights @ values, weights
