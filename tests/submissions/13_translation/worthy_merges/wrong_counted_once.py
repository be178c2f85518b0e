"""The merges are those of the first count, one after the other. After each merge the text is
cut anew: count again. See section 13.4.
"""

from collections import Counter


def worthy_merges(words, merges, least):
    single, double = Counter(), Counter()
    for word, count in words.items():
        for i, letter in enumerate(word):
            single[letter] += count
            if i:
                double[word[i - 1], letter] += count
    ranked = sorted(
        (-n / (single[a] * single[b]), -n, a, b) for (a, b), n in double.items() if n >= least
    )
    return [f"{a} {b}" for _, _, a, b in ranked[:merges]]
