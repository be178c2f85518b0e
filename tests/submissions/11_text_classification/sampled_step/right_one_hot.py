import numpy as np


def sampled_step(v, u, centres, targets, negatives, rate):
    V, B = len(v), len(centres)
    words = np.concatenate([targets[:, None], negatives], axis=1)
    sign = np.full(words.shape, -1.0)
    sign[:, 0] = 1.0
    kept = words != targets[:, None]
    kept[:, 0] = True
    asks, answers = np.eye(V)[centres], np.eye(V)[words]  # (B, V), (B, 1 + K, V)
    score = sign * np.einsum("bkv,ve,be->bk", answers, u, asks @ v)
    loss = np.logaddexp(0, -score)[kept].sum() / B
    push = -sign * np.exp(-np.logaddexp(0, score)) * kept / B  # -sigma(-s) times the sign
    table = np.einsum("bv,bk,bkw->vw", asks, push, answers)  # who pushes whom
    return loss, v - rate * table @ u, u - rate * table.T @ v
