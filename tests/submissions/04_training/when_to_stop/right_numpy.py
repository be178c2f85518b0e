import numpy as np


def when_to_stop(figures, patience, least, better):
    values = np.asarray(figures, dtype=float)
    values = np.nan_to_num(values if better == "lower" else -values, nan=np.inf)
    since, stopped = 0, None
    while stopped is None:
        window = values[since + 1 : since + 1 + patience]
        clear = np.flatnonzero(window < values[since] - least)
        if clear.size:
            since += 1 + int(clear[0])
        else:
            stopped = min(since + patience, len(values) - 1)
    return stopped, int(values[: stopped + 1].argmin())
