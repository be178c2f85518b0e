"""A word without a vector has the number -1, and Python takes the last row for it. Leave such a
question out, its answer is -1. See section 11.6.
"""

import numpy as np


def answer_analogies(vectors, questions, epsilon):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    shifted = (1 + unit @ unit.T) / 2
    answers, best = np.full(len(questions), -1), np.zeros(len(questions))
    for i, (a, b, c, d) in enumerate(questions.tolist()):
        product = shifted[b] * shifted[c] / (shifted[a] + epsilon)
        product[[a, b, c]] = -1.0
        answers[i], best[i] = product.argmax(), product.max()
    asked = (questions >= 0).all(axis=1)
    return answers, best, (answers == questions[:, 3])[asked].mean()
