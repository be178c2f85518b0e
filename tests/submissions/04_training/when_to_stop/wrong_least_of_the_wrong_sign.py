"""Your `least` works the wrong way round: an epoch that is a little worse counts as a gain.
See section 4.9.
"""


def when_to_stop(figures, patience, least, better):
    sign = 1 if better == "lower" else -1
    values = [sign * figure for figure in figures]
    mark, since, kept = values[0], 0, 0
    for epoch, value in enumerate(values):
        if value < values[kept]:
            kept = epoch
        if value < mark + least:
            mark, since = value, epoch
        if epoch - since >= patience:
            return epoch, kept
    return len(values) - 1, kept
