import heapq

import numpy as np


def best_paths(emissions, transitions, start, end, count):
    """Grow beginnings in the order of the best end that each can still have."""
    T, K = emissions.shape
    hope = [end]
    for t in range(T - 1, 0, -1):
        hope.insert(0, (transitions + emissions[t] + hope[0]).max(axis=1))
    heap = [
        (-(start[k] + emissions[0, k] + hope[0][k]), start[k] + emissions[0, k], (k,))
        for k in range(K)
    ]
    heapq.heapify(heap)
    found = []
    while heap and len(found) < count:
        bound, score, path = heapq.heappop(heap)
        if bound == np.inf:
            break
        t = len(path)
        if t == T:
            found.append((list(path), score + end[path[-1]]))
            continue
        for k in range(K):
            grown = score + transitions[path[-1], k] + emissions[t, k]
            heapq.heappush(heap, (-(grown + hope[t][k]), grown, (*path, k)))
    return found
