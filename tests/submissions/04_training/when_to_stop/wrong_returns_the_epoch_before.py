"""You return the epoch before the stop: the last epoch without a clear gain was trained, so
it is the one after which training stops. See section 4.9.
"""


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
            return epoch - 1, kept
    return len(values) - 1, kept
