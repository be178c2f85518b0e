import heapq


def best_paths(emissions, transitions, start, end, count):
    """The same table, filled from the last step to the first."""
    T, K = emissions.shape
    tails = {k: [(float(end[k] + emissions[-1, k]), (k,))] for k in range(K)}
    for t in range(T - 2, -1, -1):
        tails = {
            k: heapq.nlargest(
                count,
                [
                    (emissions[t, k] + transitions[k, j] + score, (k, *tail))
                    for j in range(K)
                    for score, tail in tails[j]
                ],
            )
            for k in range(K)
        }
    every = [(start[k] + score, tail) for k in range(K) for score, tail in tails[k]]
    best = heapq.nlargest(count, [way for way in every if way[0] > -float("inf")])
    return [(list(tail), score) for score, tail in best]
