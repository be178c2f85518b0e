"""The count of the pair is there twice, as its square. The worth has it once. See section 13.3."""

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
            return double[ab] ** 2 / (single[ab[0]] * single[ab[1]])

        best = min(open_, key=lambda ab: (-worth(ab), -double[ab], ab))
        found.append(" ".join(best))
        for pieces in cut.values():
            i = 0
            while i < len(pieces) - 1:
                if (pieces[i], pieces[i + 1]) == best:
                    pieces[i : i + 2] = ["".join(best)]
                i += 1
    return found
