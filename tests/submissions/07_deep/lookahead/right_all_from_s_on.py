import numpy as np


def lookahead(model, x):
    """Change everything from step s on: an answer that still stands reads nothing from there."""
    rng = np.random.default_rng(1)
    T = x.shape[1]
    latest = np.arange(T)
    for s in range(1, T):
        for _ in range(24):
            other = x.copy()
            other[:, s:] = rng.normal(size=other[:, s:].shape)
            gap = np.abs(np.array(model(other)) - np.array(model(x.copy())))
            touched = gap.max(axis=2).max(axis=0)[:s] > 1e-9
            latest[:s][touched] = s
    return latest - np.arange(T)
