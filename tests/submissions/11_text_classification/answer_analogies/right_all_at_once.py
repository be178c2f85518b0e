import numpy as np


def answer_analogies(vectors, questions, epsilon):
    length = np.sqrt((vectors**2).sum(axis=1))
    near = 0.5 + 0.5 * (vectors @ vectors.T) / np.outer(length, length)
    known = questions.min(axis=1) >= 0
    a, b, c, d = questions[known].T
    score = near[b] * near[c] / (near[a] + epsilon)
    rows = np.arange(len(a))
    for words in (a, b, c):
        score[rows, words] = -np.inf
    answers, best = np.full(len(questions), -1), np.zeros(len(questions))
    answers[known], best[known] = score.argmax(axis=1), score.max(axis=1)
    return answers, best, (answers[known] == d).mean()
