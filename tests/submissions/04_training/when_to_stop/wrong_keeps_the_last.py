"""You keep the weights of the epoch at which training stops: these are the ones that had got
no better. Keep the best. See section 4.9.
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
            return epoch, epoch
    return len(values) - 1, len(values) - 1
