import re
from collections import Counter


def character_score(hypotheses, references, order, beta):
    def grams(text, n):
        text = re.sub(r"\s", "", text)
        return Counter(map("".join, zip(*(text[i:] for i in range(n)))))

    shares = []
    for n in range(1, order + 1):
        pairs = [(grams(h, n), grams(r, n)) for h, r in zip(hypotheses, references)]
        h = sum(sum(ours.values()) for ours, _ in pairs)
        r = sum(sum(theirs.values()) for _, theirs in pairs)
        m = sum(min(count, theirs[gram]) for ours, theirs in pairs for gram, count in ours.items())
        if h > 0 and r > 0:
            shares.append((m / h, m / r))
    if sum(P for P, _ in shares) == 0:
        return 0
    P, R = (sum(column) / len(shares) for column in zip(*shares))
    weight = beta * beta / (1 + beta * beta)
    return 100 / (weight / R + (1 - weight) / P)
