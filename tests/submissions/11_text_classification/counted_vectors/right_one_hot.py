import numpy as np


def counted_vectors(texts, size, window, power, negatives):
    counts = np.zeros((size, size))
    for text in texts:
        rows = np.eye(size)[text]
        t = np.arange(len(text))
        gap = np.abs(t[:, None] - t)
        near = np.where(gap > 0, np.maximum(0, window - gap + 1) / window, 0.0)
        counts += rows.T @ near @ rows
    columns = counts.sum(axis=0)
    weights = np.array([c**power if c > 0 else 0.0 for c in columns])
    with np.errstate(all="ignore"):
        ratio = counts / counts.sum(axis=1, keepdims=True) * weights.sum() / weights
        found = np.log(ratio / negatives)
    return np.where((counts > 0) & (found > 0), found, 0.0)
