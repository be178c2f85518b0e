"""You multiply the cosines as they are: two negative ones make a positive product, and a
negative one below turns the order round. Shift them to 0 to 1 first. See section 11.6.
"""

import numpy as np


def answer_analogies(vectors, questions, epsilon):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    shifted = unit @ unit.T
    answers, best = np.full(len(questions), -1), np.zeros(len(questions))
    for i, (a, b, c, d) in enumerate(questions.tolist()):
        if min(a, b, c, d) < 0:
            continue
        product = shifted[b] * shifted[c] / (shifted[a] + epsilon)
        product[[a, b, c]] = -np.inf
        answers[i], best[i] = product.argmax(), product.max()
    asked = (questions >= 0).all(axis=1)
    return answers, best, (answers == questions[:, 3])[asked].mean()
