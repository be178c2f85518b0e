"""Places that overlap are counted as one. Every place where the second piece follows the first
counts, whether or not it can be joined. See section 13.3.
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
            i = 0
            while i < len(pieces) - 1:
                double[pieces[i], pieces[i + 1]] += words[word]
                i += 2 if pieces[i : i + 3] == [pieces[i]] * 3 else 1
        open_ = [pair for pair, count in double.items() if count >= least]
        if not open_:
            break

        def worth(ab):
            return double[ab] / (single[ab[0]] * single[ab[1]])

        best = min(open_, key=lambda ab: (-worth(ab), -double[ab], ab))
        found.append(" ".join(best))
        for pieces in cut.values():
            i = 0
            while i < len(pieces) - 1:
                if (pieces[i], pieces[i + 1]) == best:
                    pieces[i : i + 2] = ["".join(best)]
                i += 1
    return found
