"""These are the pieces. Return the places where they end, whole numbers. See section 13.2."""

import math


def likeliest_pieces(word, pieces, unknown):
    longest = max([1, *map(len, pieces)])
    best, total, came = [0.0], [0.0], [0]
    for end in range(1, len(word) + 1):
        ways = []
        for begin in range(max(0, end - longest), end):
            piece = word[begin:end]
            logp = pieces.get(piece, unknown if len(piece) == 1 else -math.inf)
            if logp > -math.inf:
                ways.append((best[begin] + logp, total[begin] + logp, begin))
        top = max(way[1] for way in ways)
        best.append(max(ways)[0])
        came.append(max(ways)[2])
        total.append(top + math.log(sum(math.exp(way[1] - top) for way in ways)))
    ends, end = [], len(word)
    while end:
        ends.append(word[came[end] : end])
        end = came[end]
    return ends[::-1], best[-1], total[-1]
