import itertools

import numpy as np


def teacher_batch(answers, start, end, padding, most):
    def table(rows, fill):
        columns = list(itertools.zip_longest(*rows, fillvalue=fill))
        return np.array(columns).T[:, :most]

    inputs = table([[start, *answer] for answer in answers], padding)
    targets = table([[*answer, end] for answer in answers], padding)
    mask = table([[True] * (len(answer) + 1) for answer in answers], False)
    return inputs, targets, mask
