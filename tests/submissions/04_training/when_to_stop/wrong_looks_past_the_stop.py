"""You keep an epoch that comes after the stop: it was never trained. See section 4.9."""


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
            return epoch, min((v, e) for e, v in enumerate(values) if v == v)[1]
    return len(values) - 1, kept
