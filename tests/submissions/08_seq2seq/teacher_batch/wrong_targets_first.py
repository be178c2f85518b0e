"""You return the targets first: what the decoder reads, with the start symbol in front, comes
first, then what it should write. See section 8.4.
"""

import numpy as np


def teacher_batch(answers, start, end, padding, most):
    width = min(max(map(len, answers)) + 1, most)
    inputs = np.full((len(answers), width), padding)
    targets, mask = inputs.copy(), np.zeros_like(inputs)
    for b, answer in enumerate(answers):
        row = [*answer, end][:most]
        inputs[b, : len(row)] = [start, *row[:-1]]
        targets[b, : len(row)] = row
        mask[b, : len(row)] = 1
    return targets, inputs, mask
