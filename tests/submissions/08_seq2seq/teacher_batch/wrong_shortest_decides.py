"""Your batch is as wide as its shortest row: the longest decides. See section 8.4."""

import numpy as np


def teacher_batch(answers, start, end, padding, most):
    whole = [list(answer) + [end] for answer in answers]
    rows = [row[:most] for row in whole]
    U = min(len(row) for row in rows)
    rows = [row[:U] for row in rows]
    inputs = [[start, *row[:-1]] + [padding] * (U - len(row)) for row in rows]
    targets = [row + [padding] * (U - len(row)) for row in rows]
    mask = [[1] * len(row) + [0] * (U - len(row)) for row in rows]
    return np.array(inputs), np.array(targets), np.array(mask)
