"""Your epochs are counted from 1: here the first is epoch 0. See section 4.9."""


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
            return epoch + 1, kept + 1
    return len(values), kept + 1
