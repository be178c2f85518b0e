from collections import Counter
from fractions import Fraction


def worthy_merges(words, merges, least):
    text = [(list(word), count) for word, count in words.items()]
    found = []
    while len(found) < merges:
        pieces, pairs = Counter(), Counter()
        for word, count in text:
            for i in range(len(word)):
                pieces[word[i]] += count
                if i > 0:
                    pairs[word[i - 1], word[i]] += count
        best = None
        for (a, b), n in sorted(pairs.items()):
            key = (Fraction(n, pieces[a] * pieces[b]), n)
            if n >= least and (best is None or key > best[0]):
                best = (key, a, b)
        if best is None:
            return found
        _, a, b = best
        found.append(a + " " + b)
        again = []
        for word, count in text:
            new = []
            for piece in word:
                if piece == b and new and new[-1] == a:
                    new[-1] = (a, b)  # a tuple, so that it joins nothing more
                else:
                    new.append(piece)
            again.append(([a + b if isinstance(p, tuple) else p for p in new], count))
        text = again
    return found
