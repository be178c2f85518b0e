"""You return the `count` best sequences of each last tag: of all together, `count` are asked for.
See section 12.7.
"""

import numpy as np


def best_paths(emissions, transitions, start, end, count):
    K = emissions.shape[1]
    ways = [[(start[k] + emissions[0, k], [k])] for k in range(K)]
    for scores in emissions[1:]:
        new = []
        for k in range(K):
            grown = [
                (score + transitions[i, k] + scores[k], [*tags, k])
                for i in range(K)
                for score, tags in ways[i]
            ]
            new.append(sorted(grown, key=lambda way: -way[0])[:count])
        ways = new
    every = [(tags, score + end[k]) for k in range(K) for score, tags in ways[k]]
    best = sorted(every, key=lambda way: -way[1])
    return [(tags, score) for tags, score in best if score > -np.inf]
