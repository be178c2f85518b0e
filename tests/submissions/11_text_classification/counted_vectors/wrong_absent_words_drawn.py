"""With alpha = 0 your noise draws words that never occur, for NumPy has 0 to the power 0 as 1.
Give them no share. See section 11.4.
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
    noise = columns**power
    noise = noise / noise.sum()
    given = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-300)
    found = np.zeros((size, size))
    met = counts > 0
    found[met] = np.log(given[met] / np.broadcast_to(noise, given.shape)[met]) - np.log(negatives)
    return np.maximum(found, 0.0)
