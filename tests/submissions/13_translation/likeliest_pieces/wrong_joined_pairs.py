"""This starts from single characters and joins the likeliest piece again and again, as merges
do. Joins that look good may lead past the best way. See section 13.2.
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
    cut = list(word)
    while True:
        places = [i for i in range(len(cut) - 1) if cut[i] + cut[i + 1] in table]
        if not places:
            break
        i = max(places, key=lambda i: table[cut[i] + cut[i + 1]])
        cut[i : i + 2] = [cut[i] + cut[i + 1]]
    return list(itertools.accumulate(map(len, cut))), sum(table[piece] for piece in cut), totals[-1]
