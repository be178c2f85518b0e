import re
from collections import Counter


def worthy_merges(words, merges, least):
    """Keep each word as text with a bar on both sides of every piece."""
    cut = {word: "|" + "|".join(word) + "|" for word in words}
    found = []
    while len(found) < merges:
        single, double = Counter(), Counter()
        for word, text in cut.items():
            pieces = text.strip("|").split("|")
            for a in pieces:
                single[a] += words[word]
            for a, b in zip(pieces, pieces[1:]):
                double[a, b] += words[word]
        ranked = [
            (-n / (single[a] * single[b]), -n, a, b) for (a, b), n in double.items() if n >= least
        ]
        if not ranked:
            break
        a, b = min(ranked)[2:]
        found.append(f"{a} {b}")
        pair = re.compile(rf"(?<=\|){re.escape(a)}\|{re.escape(b)}(?=\|)")
        cut = {word: pair.sub(lambda _: a + b, text) for word, text in cut.items()}
    return found
