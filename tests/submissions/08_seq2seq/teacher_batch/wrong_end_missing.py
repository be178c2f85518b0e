"""Your targets have no end: the end symbol is a part of the answer and its loss counts, or the
decoder never learns to stop. See section 8.3.
"""

import numpy as np


def teacher_batch(answers, start, end, padding, most):
    whole = [list(answer) or [padding] for answer in answers]
    rows = [row[:most] for row in whole]
    U = max(len(row) for row in rows)
    inputs = [[start, *row[:-1]] + [padding] * (U - len(row)) for row in rows]
    targets = [row + [padding] * (U - len(row)) for row in rows]
    mask = [[1] * len(row) + [0] * (U - len(row)) for row in rows]
    return np.array(inputs), np.array(targets), np.array(mask)
