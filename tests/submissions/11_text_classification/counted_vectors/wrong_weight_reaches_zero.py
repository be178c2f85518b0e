"""The farthest words in reach count nothing in your table: at distance R the weight is 1 / R,
for one window in R reaches that far. See section 11.3.
"""

import numpy as np


def counted_vectors(texts, size, window, power, negatives):
    counts = np.zeros((size, size))
    for text in texts:
        for t, w in enumerate(text):
            for s, o in enumerate(text):
                d = abs(s - t)
                if 1 <= d <= window:
                    counts[w, o] += (window - d) / window
    columns = counts.sum(axis=0)
    noise = np.where(columns > 0, columns**power, 0.0)
    noise = noise / max(noise.sum(), 1e-300)
    given = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-300)
    found = np.zeros((size, size))
    met = counts > 0
    found[met] = np.log(given[met] / np.broadcast_to(noise, given.shape)[met]) - np.log(negatives)
    return np.maximum(found, 0.0)
