"""Orders without a match are left out of the mean. They count with 0: only orders of which a
side has no n-gram are left out. See section 13.9.
"""

from collections import Counter


def character_score(hypotheses, references, order, beta):
    precisions, recalls = [], []
    for n in range(1, order + 1):
        matched = said = asked = 0
        for hypothesis, reference in zip(hypotheses, references, strict=True):
            ours, theirs = (
                Counter(text[i : i + n] for i in range(len(text) - n + 1))
                for text in ("".join(hypothesis.split()), "".join(reference.split()))
            )
            matched += (ours & theirs).total()
            said += ours.total()
            asked += theirs.total()
        if matched:
            precisions.append(matched / said)
            recalls.append(matched / asked)
    if not any(precisions):
        return 0.0
    P, R = sum(precisions) / len(precisions), sum(recalls) / len(recalls)
    return 100 * (1 + beta**2) * P * R / (beta**2 * P + R)
