import math

import numpy as np


def likeliest_pieces(word, pieces, unknown):
    """Push what each place has forward, and count probabilities in units of its best way."""
    n = len(word)
    best = [-math.inf] * (n + 1)
    share = [0.0] * (n + 1)  # all ways together, as a multiple of the best one
    back = [None] * (n + 1)
    best[0], share[0] = 0.0, 1.0
    for begin in range(n):
        for end in range(begin + 1, n + 1):
            piece = word[begin:end]
            if piece in pieces:
                logp = pieces[piece]
            elif end - begin == 1:
                logp = unknown
            else:
                continue
            new = best[begin] + logp
            if new > best[end]:
                share[end] = share[end] * math.exp(best[end] - new) + share[begin]
                best[end], back[end] = new, begin
            else:
                share[end] += share[begin] * math.exp(new - best[end])
    ends = [n]
    while back[ends[0]] > 0:
        ends.insert(0, back[ends[0]])
    return np.array(ends), best[n], best[n] + math.log(share[n])
