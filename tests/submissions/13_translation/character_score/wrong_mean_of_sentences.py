"""Each sentence is scored for itself and the scores are averaged. Add the counts of all
sentences, then divide once. See section 13.9.
"""

from collections import Counter


def character_score(hypotheses, references, order, beta):
    scores = []
    for hypothesis, reference in zip(hypotheses, references, strict=True):
        texts = ["".join(hypothesis.split()), "".join(reference.split())]
        precisions, recalls = [], []
        for n in range(1, order + 1):
            ours, theirs = (
                Counter(text[i : i + n] for i in range(len(text) - n + 1)) for text in texts
            )
            if ours and theirs:
                matched = (ours & theirs).total()
                precisions.append(matched / ours.total())
                recalls.append(matched / theirs.total())
        if not any(precisions):
            scores.append(0.0)
            continue
        P, R = sum(precisions) / len(precisions), sum(recalls) / len(recalls)
        scores.append(100 * (1 + beta**2) * P * R / (beta**2 * P + R))
    return sum(scores) / len(scores)
