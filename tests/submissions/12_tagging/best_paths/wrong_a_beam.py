"""You keep the `count` best beginnings of all together, a beam, which may drop the beginning of a
winner: keep `count` ways into each tag. See section 12.7.
"""

import numpy as np


def best_paths(emissions, transitions, start, end, count):
    K = emissions.shape[1]
    beam = [(start[k] + emissions[0, k], [k]) for k in range(K)]
    beam = sorted(beam, key=lambda way: -way[0])[:count]
    for scores in emissions[1:]:
        grown = [
            (score + transitions[tags[-1], k] + scores[k], [*tags, k])
            for score, tags in beam
            for k in range(K)
        ]
        beam = sorted(grown, key=lambda way: -way[0])[:count]
    every = [(tags, score + end[tags[-1]]) for score, tags in beam]
    return [way for way in sorted(every, key=lambda way: -way[1]) if way[1] > -np.inf]
