"""Your mark follows every small gain, so that small gains never add up: it moves at a clear
gain only. See section 4.9.
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
        mark = min(mark, value)
        if epoch - since >= patience:
            return epoch, kept
    return len(values) - 1, kept
