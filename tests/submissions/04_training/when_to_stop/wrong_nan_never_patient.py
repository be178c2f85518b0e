"""Your epoch of nan passes for a gain: no comparison with nan is true, so ask whether a
figure is better and not whether it is worse. See section 4.9.
"""


def when_to_stop(figures, patience, least, better):
    sign = 1 if better == "lower" else -1
    values = [sign * figure for figure in figures]
    mark, since, kept = values[0], 0, 0
    for epoch, value in enumerate(values):
        if not value >= values[kept]:
            kept = epoch
        if not value >= mark - least:
            mark, since = value, epoch
        if epoch - since >= patience:
            return epoch, kept
    return len(values) - 1, kept
