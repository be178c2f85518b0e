"""You find the real places by comparing with the padding: an answer may hold that number too, so
let the lengths decide. See section 8.4.
"""

import numpy as np


def teacher_batch(answers, start, end, padding, most):
    whole = [list(answer) + [end] for answer in answers]
    rows = [row[:most] for row in whole]
    U = max(len(row) for row in rows)
    inputs = [[start, *row[:-1]] + [padding] * (U - len(row)) for row in rows]
    targets = [row + [padding] * (U - len(row)) for row in rows]
    mask = [[int(symbol != padding) for symbol in row] for row in targets]
    return np.array(inputs), np.array(targets), np.array(mask)
