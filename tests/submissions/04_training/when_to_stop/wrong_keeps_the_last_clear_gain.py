"""You keep the epoch of the last clear gain: a better figure is kept even if the gain was
small. See section 4.9.
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
            return epoch, since
    return len(values) - 1, since
