"""You count all epochs without a clear gain together: after a clear gain the count begins
again. See section 4.9.
"""


def when_to_stop(figures, patience, least, better):
    sign = 1 if better == "lower" else -1
    values = [sign * figure for figure in figures]
    mark, waited, kept = values[0], 0, 0
    for epoch, value in enumerate(values):
        if value < values[kept]:
            kept = epoch
        if value < mark - least:
            mark = value
        elif epoch:
            waited += 1
        if waited >= patience:
            return epoch, kept
    return len(values) - 1, kept
