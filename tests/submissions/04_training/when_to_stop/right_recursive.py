def when_to_stop(figures, patience, least, better):
    if better == "higher":
        return when_to_stop([-figure for figure in figures], patience, least, "lower")

    def stop(since):
        for epoch in range(since + 1, len(figures)):
            if figures[epoch] < figures[since] - least:
                return stop(epoch)
            if epoch - since == patience:
                return epoch
        return len(figures) - 1

    stopped = stop(0)
    seen = [(v, e) for e, v in enumerate(figures[: stopped + 1]) if v == v]
    return stopped, min(seen)[1]
