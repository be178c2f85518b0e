"""You compare how often two words meet, as a share of all pairs, with the noise. P(o | w) is the
share among the pairs of w: divide each row by its own sum. See section 11.4.
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
    given = counts / counts.sum()
    found = np.zeros((size, size))
    met = counts > 0
    found[met] = np.log(given[met] / np.broadcast_to(noise, given.shape)[met]) - np.log(negatives)
    return np.maximum(found, 0.0)
