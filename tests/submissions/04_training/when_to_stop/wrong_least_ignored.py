"""Any gain buys you more time, however small: only a gain of more than `least` over the mark
does. See section 4.9.
"""


def when_to_stop(figures, patience, least, better):
    sign = 1 if better == "lower" else -1
    values = [sign * figure for figure in figures]
    mark, since, kept = values[0], 0, 0
    for epoch, value in enumerate(values):
        if value < values[kept]:
            kept = epoch
        if value < mark:
            mark, since = value, epoch
        if epoch - since >= patience:
            return epoch, kept
    return len(values) - 1, kept
