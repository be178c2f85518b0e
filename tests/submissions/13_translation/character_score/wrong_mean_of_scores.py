"""Each order gets its own score and the scores are averaged. Average precision and recall
first, then combine them once. See section 13.9.
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
        if said and asked:
            precisions.append(matched / said)
            recalls.append(matched / asked)
    if not any(precisions):
        return 0.0
    scores = [
        (1 + beta**2) * P * R / (beta**2 * P + R) if P else 0.0
        for P, R in zip(precisions, recalls, strict=True)
    ]
    return 100 * sum(scores) / len(scores)
