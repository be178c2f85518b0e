import functools

import itertools

import numpy as np


def likeliest_pieces(word, pieces, unknown):
    def options(begin):
        for end in range(begin + 1, len(word) + 1):
            piece = word[begin:end]
            if piece in pieces:
                yield end, pieces[piece]
            elif end == begin + 1:
                yield end, unknown

    @functools.lru_cache(None)
    def best(begin):
        if begin == len(word):
            return 0.0, begin
        return max((best(end)[0] + logp, end) for end, logp in options(begin))

    @functools.lru_cache(None)
    def total(begin):
        if begin == len(word):
            return 0.0
        return np.logaddexp.reduce([total(end) + logp for end, logp in options(begin)])

    for start in range(len(word), -1, -1):
        best(start), total(start)
    ends, begin = [], 0
    while begin < len(word):
        begin = best(begin)[1]
        ends.append(begin)
    return ends, best(0)[0], float(total(0))
