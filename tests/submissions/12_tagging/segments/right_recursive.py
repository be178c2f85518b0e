import functools

import numpy as np


def segments(emissions, durations, transitions):
    (T, K), L = emissions.shape, len(durations)
    sums = np.concatenate([np.zeros((1, K)), np.cumsum(emissions, axis=0)])

    @functools.cache
    def rest(u, label):
        """Return the log sum and the best of what begins at u, right after a label."""
        if u == T:
            return 0.0, 0.0, ()
        totals, best = [], (-np.inf, ())
        for v in range(u + 1, min(u + L, T) + 1):
            for k in range(K):
                if k == label:
                    continue
                own = durations[v - u - 1, k] + sums[v, k] - sums[u, k]
                if label is not None:
                    own += transitions[label, k]
                log, score, tail = rest(v, k)
                totals.append(own + log)
                best = max(best, (own + score, ((u, v, k), *tail)))
        return np.logaddexp.reduce(totals), *best

    log_z, _, cut = rest(0, None)
    return log_z, list(cut)
