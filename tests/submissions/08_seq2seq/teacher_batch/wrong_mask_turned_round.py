"""Your mask is 1 on padding: here 1 is a place that counts. See section 8.4."""

import numpy as np


def teacher_batch(answers, start, end, padding, most):
    whole = [list(answer) + [end] for answer in answers]
    rows = [row[:most] for row in whole]
    U = max(len(row) for row in rows)
    inputs = [[start, *row[:-1]] + [padding] * (U - len(row)) for row in rows]
    targets = [row + [padding] * (U - len(row)) for row in rows]
    mask = [[0] * len(row) + [1] * (U - len(row)) for row in rows]
    return np.array(inputs), np.array(targets), np.array(mask)
