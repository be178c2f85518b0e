"""Your mask is 0 at the end symbol: its loss counts like any other. See section 8.3."""

import numpy as np


def teacher_batch(answers, start, end, padding, most):
    whole = [list(answer) + [end] for answer in answers]
    rows = [row[:most] for row in whole]
    U = max(len(row) for row in rows)
    inputs = [[start, *row[:-1]] + [padding] * (U - len(row)) for row in rows]
    targets = [row + [padding] * (U - len(row)) for row in rows]
    mask = [[int(u < len(row) and row[u] != end) for u in range(U)] for row in rows]
    return np.array(inputs), np.array(targets), np.array(mask)
