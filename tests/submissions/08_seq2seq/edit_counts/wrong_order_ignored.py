"""You compare how often each token stands in the two, and not where: a b and b a differ. See
section 8.10.
"""

from collections import Counter


def edit_counts(answers, references):
    S = I = D = 0
    for answer, reference in zip(answers, references, strict=True):
        said, truth = Counter(answer), Counter(reference)
        more, less = (said - truth).total(), (truth - said).total()
        S += min(more, less)
        I += more - min(more, less)
        D += less - min(more, less)
    return (S, I, D), (S + I + D) / sum(len(reference) for reference in references)
