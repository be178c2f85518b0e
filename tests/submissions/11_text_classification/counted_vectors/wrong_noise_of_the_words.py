"""You make the noise of how often each word stands in the texts. It is made of the columns: a word
at the end of a text, or in a text by itself, has fewer neighbours. See section 11.4.
"""

import numpy as np


def counted_vectors(texts, size, window, power, negatives):
    counts, words = np.zeros((size, size)), np.zeros(size)
    for text in texts:
        for i, w in enumerate(text):
            words[w] += 1
            for j, o in enumerate(text):
                if 1 <= abs(i - j) <= window:
                    counts[w, o] += (window - abs(i - j) + 1) / window
    noise = np.zeros(size)
    noise[words > 0] = words[words > 0] ** power
    ratio = counts / np.maximum(counts.sum(1, keepdims=True), 1e-300)
    ratio = ratio / np.where(noise > 0, noise / noise.sum(), 1.0) / negatives
    return np.log(np.maximum(ratio, 1.0))
