import numpy as np


def teacher_batch(answers, start, end, padding, most):
    counts = np.array([len(answer) + 1 for answer in answers])
    U = min(int(counts.max()), most)
    wide = np.full((len(answers), int(counts.max()) + 1), padding)
    wide[:, 0] = start
    for b, answer in enumerate(answers):
        wide[b, 1 : len(answer) + 1] = answer
        wide[b, len(answer) + 1] = end
    mask = np.arange(U) < counts[:, None]
    inputs = np.where(mask, wide[:, :U], padding)
    return inputs, wide[:, 1 : U + 1], mask
