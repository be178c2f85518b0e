"""You have left out log K: with more negatives per word every score comes out lower. See section
11.4.
"""

import numpy as np


def counted_vectors(texts, size, window, power, negatives):
    counts = np.zeros((size, size))
    for text in texts:
        for t, w in enumerate(text):
            for s, o in enumerate(text):
                d = abs(s - t)
                if 1 <= d <= window:
                    counts[w, o] += (window - d + 1) / window
    columns = counts.sum(axis=0)
    noise = np.where(columns > 0, columns**power, 0.0)
    noise = noise / noise.sum()
    given = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-300)
    found = np.zeros((size, size))
    met = counts > 0
    found[met] = np.log(given[met] / np.broadcast_to(noise, given.shape)[met])
    return np.maximum(found, 0.0)
