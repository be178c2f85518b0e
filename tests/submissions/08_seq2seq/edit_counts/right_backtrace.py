import numpy as np


def edit_counts(answers, references):
    S = I = D = length = 0
    for answer, reference in zip(answers, references, strict=True):
        m, n = len(reference), len(answer)
        length += m
        d = np.zeros((m + 1, n + 1))
        d[:, 0], d[0] = 1.001 * np.arange(m + 1), 1.001 * np.arange(n + 1)
        for i in range(1, m + 1):
            for j in range(1, n + 1):
                wrong = reference[i - 1] != answer[j - 1]
                d[i, j] = min(d[i - 1, j - 1] + wrong, 1.001 + min(d[i - 1, j], d[i, j - 1]))
        i, j = m, n
        while i or j:
            wrong = i and j and reference[i - 1] != answer[j - 1]
            if i and j and abs(d[i, j] - d[i - 1, j - 1] - wrong) < 1e-6:
                S, i, j = S + int(wrong), i - 1, j - 1
            elif j and abs(d[i, j] - d[i, j - 1] - 1.001) < 1e-6:
                I, j = I + 1, j - 1
            else:
                D, i = D + 1, i - 1
    return (S, I, D), (S + I + D) / length
