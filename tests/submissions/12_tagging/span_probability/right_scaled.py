import numpy as np


def span_probability(emissions, transitions, start, end, begin, inside, first, stop):
    """Plain probabilities, divided by their largest at every step."""

    def weight(keep):
        log, row = 0.0, None
        for t, scores in enumerate(emissions):
            peak = scores.max()
            own = np.exp(scores - peak) * keep[t]
            row = own * (np.exp(start) if row is None else row @ np.exp(transitions))
            scale = row.max()
            if scale == 0:
                return -np.inf
            row, log = row / scale, log + np.log(scale) + peak
        with np.errstate(divide="ignore"):
            return log + np.log(row @ np.exp(end))

    keep = np.ones(emissions.shape)
    everything = weight(keep)
    keep[first:stop] = 0
    keep[first, begin] = 1
    keep[first + 1 : stop, inside] = 1
    keep[stop : stop + 1, inside] = 0
    return np.exp(weight(keep) - everything)
