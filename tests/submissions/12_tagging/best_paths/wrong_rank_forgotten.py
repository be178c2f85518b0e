"""Your scores are right, your sequences are not: on the way back you follow the best way into each
tag. A pointer must name the tag and which of its ways it was. See section 12.7.
"""

import numpy as np


def best_paths(emissions, transitions, start, end, count):
    T, K = emissions.shape
    table = np.full((K, count), -np.inf)
    table[:, 0] = start + emissions[0]
    pointers = []
    for t in range(1, T):
        flat = (table[:, :, None] + transitions[:, None, :]).reshape(-1, K)
        order = np.argsort(-flat, axis=0, kind="stable")[:count]
        table = np.take_along_axis(flat, order, axis=0).T + emissions[t][:, None]
        pointers.append(order.T)
    final = (table + end[:, None]).ravel()
    found = []
    for place in np.argsort(-final, kind="stable")[:count]:
        if final[place] == -np.inf:
            break
        tag, rank = divmod(int(place), count)
        path = [tag]
        for pointer in reversed(pointers):
            tag = int(pointer[tag, rank]) // count
            rank = 0
            path.append(tag)
        found.append((path[::-1], float(final[place])))
    return found
