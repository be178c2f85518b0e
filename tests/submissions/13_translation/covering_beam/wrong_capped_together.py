"""The attention is added up over the whole source before it is capped. Each position has a sum
and a logarithm of its own. See section 13.8.
"""

import numpy as np


def covering_beam(logs, looks, width, alpha, beta):
    live = [((), 0.0, np.zeros(looks.shape[2]))]
    finished = []
    for u in range(len(logs)):
        grown = []
        for pieces, total, seen in live:
            last = pieces[-1] if pieces else 0
            for piece, log in enumerate(logs[u, last]):
                grown.append(((*pieces, piece), total + log, seen + looks[u, last]))
        grown.sort(key=lambda beginning: -beginning[1])
        kept = grown[:width]
        finished += [beginning for beginning in kept if beginning[0][-1] == 0]
        live = [beginning for beginning in kept if beginning[0][-1] != 0]

    def score(beginning):
        pieces, total, seen = beginning
        covered = np.log(min(seen.sum(), 1.0))
        return total / ((5 + len(pieces)) / 6) ** alpha + beta * covered

    best = max(finished, key=score)
    return list(best[0][:-1]), score(best)
