"""The product that you return is the largest of all words, a, b and c among them. Take it after
the three are left out: it belongs to the answer. See section 11.6.
"""

import numpy as np


def answer_analogies(vectors, questions, epsilon):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    shifted = (1 + unit @ unit.T) / 2
    answers, best = np.full(len(questions), -1), np.zeros(len(questions))
    for i, (a, b, c, d) in enumerate(questions.tolist()):
        if min(a, b, c, d) < 0:
            continue
        product = shifted[b] * shifted[c] / (shifted[a] + epsilon)
        best[i] = product.max()
        product[[a, b, c]] = -1.0
        answers[i] = product.argmax()
    asked = (questions >= 0).all(axis=1)
    return answers, best, (answers == questions[:, 3])[asked].mean()
