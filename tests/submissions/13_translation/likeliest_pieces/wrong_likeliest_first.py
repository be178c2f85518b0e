"""This takes the likeliest piece from the left each time. What follows it may be poor: compare
whole ways. See section 13.2.
"""

import itertools

import numpy as np


def likeliest_pieces(word, pieces, unknown):
    table = dict(pieces)
    for character in word:
        table.setdefault(character, unknown)
    totals = [0.0]
    for end in range(1, len(word) + 1):
        ways = [totals[b] + table[word[b:end]] for b in range(end) if word[b:end] in table]
        totals.append(np.logaddexp.reduce(ways))
    cut, begin = [], 0
    while begin < len(word):
        ends = [e for e in range(begin + 1, len(word) + 1) if word[begin:e] in table]
        end = max(ends, key=lambda e: table[word[begin:e]])
        cut.append(word[begin:end])
        begin = end
    return list(itertools.accumulate(map(len, cut))), sum(table[piece] for piece in cut), totals[-1]
