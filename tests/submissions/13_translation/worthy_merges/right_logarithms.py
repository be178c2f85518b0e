import math
from collections import Counter


def worthy_merges(words, merges, least):
    cut = {word: tuple(word) for word in words}
    found = []
    for _ in range(merges):
        single = Counter()
        double = Counter()
        for word, pieces in cut.items():
            single.update({piece: words[word] * n for piece, n in Counter(pieces).items()})
            pairs = Counter(zip(pieces, pieces[1:]))
            double.update({pair: words[word] * n for pair, n in pairs.items()})

        def worth(pair):
            logs = math.log(double[pair]) - math.log(single[pair[0]]) - math.log(single[pair[1]])
            return round(logs, 9)

        ranked = sorted(
            (pair for pair in double if double[pair] >= least),
            key=lambda pair: (-worth(pair), -double[pair], pair[0], pair[1]),
        )
        if not ranked:
            break
        a, b = ranked[0]
        found.append(f"{a} {b}")
        for word, pieces in cut.items():
            new, i = [], 0
            while i < len(pieces):
                if pieces[i : i + 2] == (a, b):
                    new.append(a + b)
                    i += 2
                else:
                    new.append(pieces[i])
                    i += 1
            cut[word] = tuple(new)
    return found
