"""You put the padding in front: it comes behind, or the decoder's first step has nothing to read.
See section 8.4.
"""

import numpy as np


def teacher_batch(answers, start, end, padding, most):
    whole = [list(answer) + [end] for answer in answers]
    rows = [row[:most] for row in whole]
    U = max(len(row) for row in rows)
    inputs = [[padding] * (U - len(row)) + [start, *row[:-1]] for row in rows]
    targets = [[padding] * (U - len(row)) + row for row in rows]
    mask = [[0] * (U - len(row)) + [1] * len(row) for row in rows]
    return np.array(inputs), np.array(targets), np.array(mask)
