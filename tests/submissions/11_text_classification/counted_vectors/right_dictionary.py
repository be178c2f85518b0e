import math
from collections import Counter

import numpy as np


def counted_vectors(texts, size, window, power, negatives):
    met = Counter()
    for text in texts:
        words = text.tolist()
        for t, w in enumerate(words):
            for d, o in enumerate(words[t + 1 : t + 1 + window], start=1):
                met[w, o] += (window - d + 1) / window
                met[o, w] += (window - d + 1) / window
    rows, columns = Counter(), Counter()
    for (w, o), count in met.items():
        rows[w] += count
        columns[o] += count
    whole = sum(count**power for count in columns.values())
    found = [[0.0] * size for _ in range(size)]
    for (w, o), count in met.items():
        noise = columns[o] ** power / whole
        found[w][o] = max(0.0, math.log(count / rows[w] / noise) - math.log(negatives))
    return np.array(found)
