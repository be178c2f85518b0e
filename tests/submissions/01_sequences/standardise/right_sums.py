import numpy as np


def standardise(x, mask):
    m = mask[..., None].astype(float)  # (B, T, 1)
    M = m.sum()
    mu = (m * x).sum(axis=(0, 1)) / M
    centred = m * (x - mu)
    sigma = np.sqrt((centred**2).sum(axis=(0, 1)) / M)
    return np.divide(centred, sigma, out=np.zeros_like(centred), where=sigma > 1e-12)
