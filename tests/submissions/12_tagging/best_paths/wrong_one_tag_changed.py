"""You change one tag of the best sequence at a time: the second best may differ in several. See
section 12.7.
"""

import numpy as np


def best_paths(emissions, transitions, start, end, count):
    (T, K), ways = emissions.shape, [start + emissions[0]]
    pointers = []
    for scores in emissions[1:]:
        table = ways[-1][:, None] + transitions
        pointers.append(table.argmax(axis=0))
        ways.append(table.max(axis=0) + scores)
    path = [int((ways[-1] + end).argmax())]
    for row in reversed(pointers):
        path.insert(0, int(row[path[0]]))

    def score(tags):
        total = start[tags[0]] + end[tags[-1]] + sum(emissions[t, k] for t, k in enumerate(tags))
        return total + sum(transitions[i, k] for i, k in zip(tags[:-1], tags[1:], strict=True))

    others = {tuple(path)} | {(*path[:t], k, *path[t + 1 :]) for t in range(T) for k in range(K)}
    every = sorted(((list(tags), score(tags)) for tags in others), key=lambda way: -way[1])
    return [way for way in every[:count] if way[1] > -np.inf]
