"""Words that never occur have NaN in your table, 0 divided by 0. Their rows and columns are 0,
as are those of all pairs that never met. See section 11.4.
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
    with np.errstate(all="ignore"):
        given = counts / counts.sum(axis=1, keepdims=True)
        found = np.log(given / noise) - np.log(negatives)
    return np.maximum(found, 0.0)
