"""You raise the counts of the row to the power alpha, and leave those of the column as they are.
The noise is drawn among the words that answer, the columns. See section 11.4.
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
    noise = columns / columns.sum()
    rows = columns**power  # the table is symmetric
    whole = rows[columns > 0].sum()
    given = counts / counts.sum() / np.where(columns > 0, rows / whole, 1.0)[:, None]
    found = np.zeros((size, size))
    met = counts > 0
    found[met] = np.log(given[met] / np.broadcast_to(noise, given.shape)[met]) - np.log(negatives)
    return np.maximum(found, 0.0)
