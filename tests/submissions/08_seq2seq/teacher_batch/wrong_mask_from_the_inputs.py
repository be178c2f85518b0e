"""Your mask follows what is read and not what is to be written: it counts a place too few, or
takes a letter for padding. See section 8.4.
"""

import numpy as np


def teacher_batch(answers, start, end, padding, most):
    whole = [list(answer) + [end] for answer in answers]
    rows = [row[:most] for row in whole]
    U = max(len(row) for row in rows)
    inputs = [[start, *row[:-1]] + [padding] * (U - len(row)) for row in rows]
    targets = [row + [padding] * (U - len(row)) for row in rows]
    mask = [[int(symbol not in (padding, start)) for symbol in row] for row in inputs]
    return np.array(inputs), np.array(targets), np.array(mask)
