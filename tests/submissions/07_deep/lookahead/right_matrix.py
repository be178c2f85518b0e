import numpy as np


def lookahead(model, x):
    rng = np.random.default_rng(2)
    B, T, D = x.shape
    reads = np.zeros((T, T), dtype=bool)
    before = model(x.copy()).copy()
    for s in range(T):
        for _ in range(20):
            other = x.copy()
            other[:, s] = rng.normal(size=(B, D))
            reads[:, s] |= (abs(model(other) - before) > 1e-9).any(axis=(0, 2))
    distance = np.arange(T)[None, :] - np.arange(T)[:, None]
    return np.where(reads & (distance > 0), distance, 0).max(axis=1)
