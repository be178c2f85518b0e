"""The n-grams of all orders are thrown together, so that short ones count most. Take the share
of each order, then their mean. See section 13.9.
"""

from collections import Counter


def character_score(hypotheses, references, order, beta):
    matched = said = asked = 0
    for n in range(1, order + 1):
        for hypothesis, reference in zip(hypotheses, references, strict=True):
            ours, theirs = (
                Counter(text[i : i + n] for i in range(len(text) - n + 1))
                for text in ("".join(hypothesis.split()), "".join(reference.split()))
            )
            matched += (ours & theirs).total()
            said += ours.total()
            asked += theirs.total()
    if not matched:
        return 0.0
    P, R = matched / said, matched / asked
    return 100 * (1 + beta**2) * P * R / (beta**2 * P + R)
