import itertools


def read_alignment(weights, least, sure, possible):
    U, T = weights.shape
    path, best = None, -1.0
    for way in itertools.combinations_with_replacement(range(T), U):
        worth = sum(weights[u, t] for u, t in enumerate(way))
        if worth > best:
            path, best = way, worth
    found = {(u, t) for u, t in enumerate(path) if weights[u, t] >= least}
    certain = {(u, t) for u in range(U) for t in range(T) if sure[u, t]}
    fine = certain | {(u, t) for u in range(U) for t in range(T) if possible[u, t]}
    return path, 1 - (len(found & certain) + len(found & fine)) / (len(found) + len(certain))
