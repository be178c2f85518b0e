"""Your decoder reads at each place what it should write there, and has nothing to learn: shift
the inputs by one place, the start in front. See section 8.4.
"""

import numpy as np


def teacher_batch(answers, start, end, padding, most):
    whole = [list(answer) + [end] for answer in answers]
    rows = [row[:most] for row in whole]
    U = max(len(row) for row in rows)
    inputs = [row + [padding] * (U - len(row)) for row in rows]
    targets = [row + [padding] * (U - len(row)) for row in rows]
    mask = [[1] * len(row) + [0] * (U - len(row)) for row in rows]
    return np.array(inputs), np.array(targets), np.array(mask)
