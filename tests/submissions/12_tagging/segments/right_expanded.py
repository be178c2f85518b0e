import itertools

import numpy as np


def segments(emissions, durations, transitions):
    """A plain chain whose tags are (label, length, place in the segment)."""
    (T, K), L = emissions.shape, len(durations)
    tags = [(k, n, m) for k in range(K) for n in range(1, L + 1) for m in range(n)]
    A = np.full((len(tags), len(tags)), -np.inf)
    for (i, (k, n, m)), (j, other) in itertools.product(enumerate(tags), repeat=2):
        if other == (k, n, m + 1):
            A[i, j] = 0
        elif m == n - 1 and other[2] == 0 and other[0] != k:
            A[i, j] = transitions[k, other[0]]
    own = np.array([durations[n - 1, k] if m == 0 else 0 for k, n, m in tags])
    e = np.array([[row[k] for k, _, _ in tags] for row in emissions]) + own
    begins = np.array([0 if m == 0 else -np.inf for _, _, m in tags])
    ends = np.array([0 if m == n - 1 else -np.inf for _, n, m in tags])
    alpha = delta = begins + e[0]
    pointers = []
    for row in e[1:]:
        alpha = row + np.logaddexp.reduce(alpha[:, None] + A, axis=0)
        ways = delta[:, None] + A
        pointers.append(ways.argmax(axis=0))
        delta = row + ways.max(axis=0)
    path = [int((delta + ends).argmax())]
    for row in reversed(pointers):
        path.insert(0, int(row[path[0]]))
    cut = [(t, t + tags[i][1], tags[i][0]) for t, i in enumerate(path) if tags[i][2] == 0]
    return np.logaddexp.reduce(alpha + ends), cut
