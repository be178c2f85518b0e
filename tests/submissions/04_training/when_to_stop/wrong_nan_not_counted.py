"""You skip an epoch of nan, so that it uses up no patience: it is an epoch without a gain
like any other. See section 4.9.
"""


def when_to_stop(figures, patience, least, better):
    sign = 1 if better == "lower" else -1
    values = [sign * figure for figure in figures]
    mark, waited, kept = values[0], 0, 0
    for epoch, value in enumerate(values):
        if value != value:
            continue
        if value < values[kept]:
            kept = epoch
        waited += 1
        if value < mark - least or epoch == 0:
            mark, waited = value, 0
        if waited >= patience:
            return epoch, kept
    return len(values) - 1, kept
