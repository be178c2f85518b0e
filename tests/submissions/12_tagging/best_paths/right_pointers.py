import numpy as np


def best_paths(emissions, transitions, start, end, count):
    """A table (tag, rank) at each step, with pointers to tag and rank."""
    T, K = emissions.shape
    table = np.full((K, count), -np.inf)
    table[:, 0] = start + emissions[0]
    pointers = []
    for t in range(1, T):
        ways = table[:, :, None] + transitions[:, None, :]  # from tag, rank, to tag
        flat = ways.reshape(-1, K)
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
            tag, rank = divmod(int(pointer[tag, rank]), count)
            path.append(tag)
        found.append((path[::-1], float(final[place])))
    return found
