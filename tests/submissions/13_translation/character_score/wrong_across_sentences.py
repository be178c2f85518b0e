"""N-grams of a hypothesis are looked for in the references of other sentences, too. Match each
sentence with its own reference. See section 13.9.
"""

from collections import Counter


def character_score(hypotheses, references, order, beta):
    precisions, recalls = [], []
    for n in range(1, order + 1):
        all_ours, all_theirs = Counter(), Counter()
        for hypothesis, reference in zip(hypotheses, references, strict=True):
            ours, theirs = (
                Counter(text[i : i + n] for i in range(len(text) - n + 1))
                for text in ("".join(hypothesis.split()), "".join(reference.split()))
            )
            all_ours += ours
            all_theirs += theirs
        matched = (all_ours & all_theirs).total()
        said, asked = all_ours.total(), all_theirs.total()
        if said and asked:
            precisions.append(matched / said)
            recalls.append(matched / asked)
    if not any(precisions):
        return 0.0
    P, R = sum(precisions) / len(precisions), sum(recalls) / len(recalls)
    return 100 * (1 + beta**2) * P * R / (beta**2 * P + R)
