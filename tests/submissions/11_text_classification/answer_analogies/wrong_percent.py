"""You return the share in per cent. A share is a number from 0 to 1. See section 11.6."""

import numpy as np


def answer_analogies(vectors, questions, epsilon):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    shifted = (1 + unit @ unit.T) / 2
    answers, best = np.full(len(questions), -1), np.zeros(len(questions))
    for i, (a, b, c, d) in enumerate(questions.tolist()):
        if min(a, b, c, d) < 0:
            continue
        product = shifted[b] * shifted[c] / (shifted[a] + epsilon)
        product[[a, b, c]] = -1.0
        answers[i], best[i] = product.argmax(), product.max()
    asked = (questions >= 0).all(axis=1)
    return answers, best, 100 * (answers == questions[:, 3])[asked].mean()
