"""The places of a pair are joined from the right: of aaa that leaves a and aa. Go from left to
right. See section 13.4.
"""

import itertools
from collections import Counter


def worthy_merges(words, merges, least):
    cut = {word: list(word) for word in words}
    found = []
    while len(found) < merges:
        single, double = Counter(), Counter()
        for word, pieces in cut.items():
            for piece in pieces:
                single[piece] += words[word]
            for pair in itertools.pairwise(pieces):
                double[pair] += words[word]
        open_ = [pair for pair, count in double.items() if count >= least]
        if not open_:
            break

        def worth(ab):
            return double[ab] / (single[ab[0]] * single[ab[1]])

        best = min(open_, key=lambda ab: (-worth(ab), -double[ab], ab))
        found.append(" ".join(best))
        for pieces in cut.values():
            i = len(pieces) - 2
            while i >= 0:
                if (pieces[i : i + 2]) == list(best):
                    pieces[i : i + 2] = ["".join(best)]
                i -= 1
    return found
