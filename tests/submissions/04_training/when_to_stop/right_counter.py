import math


def when_to_stop(figures, patience, least, better):
    def beats(a, b):
        if math.isnan(a):
            return False
        return a < b if better == "lower" else a > b

    mark = best = figures[0]
    kept = waited = 0
    for epoch in range(1, len(figures)):
        figure = figures[epoch]
        if beats(figure, best):
            best, kept = figure, epoch
        bar = mark - least if better == "lower" else mark + least
        if beats(figure, bar):
            mark, waited = figure, 0
        else:
            waited += 1
        if waited == patience:
            return epoch, kept
    return len(figures) - 1, kept
