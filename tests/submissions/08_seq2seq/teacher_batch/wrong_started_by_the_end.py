"""Your inputs begin with the end symbol: what stands in front is the start. See section 8.4."""

import numpy as np


def teacher_batch(answers, start, end, padding, most):
    whole = [list(answer) + [end] for answer in answers]
    rows = [row[:most] for row in whole]
    U = max(len(row) for row in rows)
    inputs = [[end, *row[:-1]] + [padding] * (U - len(row)) for row in rows]
    targets = [row + [padding] * (U - len(row)) for row in rows]
    mask = [[1] * len(row) + [0] * (U - len(row)) for row in rows]
    return np.array(inputs), np.array(targets), np.array(mask)
