"""You take the logarithm to the base 2. The scores of skip-gram are in nats: natural logarithms.
See section 11.4.
"""

import numpy as np


def counted_vectors(texts, size, window, power, negatives):
    counts = np.zeros((size, size))
    for text in texts:
        for i, w in enumerate(text):
            for j, o in enumerate(text):
                if 1 <= abs(i - j) <= window:
                    counts[w, o] += (window - abs(i - j) + 1) / window
    noise = np.zeros(size)
    noise[counts.sum(0) > 0] = counts.sum(0)[counts.sum(0) > 0] ** power
    ratio = counts / np.maximum(counts.sum(1, keepdims=True), 1e-300)
    ratio = ratio / np.where(noise > 0, noise / noise.sum(), 1.0) / negatives
    return np.log2(np.maximum(ratio, 1.0))
