"""The pair is replaced in a string of pieces with spaces, and there "b a" is also found inside
"ab a". Compare whole pieces. See section 13.4.
"""

from collections import Counter


def worthy_merges(words, merges, least):
    cut = {word: " ".join(word) for word in words}
    found = []
    for _ in range(merges):
        single, double = Counter(), Counter()
        for word, text in cut.items():
            pieces = text.split()
            for i, piece in enumerate(pieces):
                single[piece] += words[word]
                if i:
                    double[pieces[i - 1], piece] += words[word]
        ranked = [
            (-n / (single[a] * single[b]), -n, a, b) for (a, b), n in double.items() if n >= least
        ]
        if not ranked:
            break
        _, _, a, b = min(ranked)
        found.append(f"{a} {b}")
        cut = {word: text.replace(f"{a} {b}", a + b) for word, text in cut.items()}
    return found
