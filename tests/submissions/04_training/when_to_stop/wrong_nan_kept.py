"""You keep the weights of the epoch of nan: argmin and argmax take nan for the smallest and
for the largest number. Leave such epochs out of the choice. See section 4.9.
"""

import numpy as np


def when_to_stop(figures, patience, least, better):
    sign = 1 if better == "lower" else -1
    values = [sign * figure for figure in figures]
    mark, since, kept = values[0], 0, 0
    for epoch, value in enumerate(values):
        if value < values[kept]:
            kept = epoch
        if value < mark - least:
            mark, since = value, epoch
        if epoch - since >= patience:
            return epoch, int(np.argmin(values[: epoch + 1]))
    return len(values) - 1, int(np.argmin(values))
