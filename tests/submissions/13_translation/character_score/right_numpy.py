import numpy as np


def character_score(hypotheses, references, order, beta):
    counts = np.zeros((order, 3))
    for hypothesis, reference in zip(hypotheses, references):
        hypothesis, reference = hypothesis.replace(" ", ""), reference.replace(" ", "")
        for n in range(1, order + 1):
            ours = [hypothesis[i : i + n] for i in range(len(hypothesis) - n + 1)]
            theirs = [reference[i : i + n] for i in range(len(reference) - n + 1)]
            found = sum(min(ours.count(g), theirs.count(g)) for g in set(ours))
            counts[n - 1] += [found, len(ours), len(theirs)]
    counts = counts[(counts[:, 1] > 0) & (counts[:, 2] > 0)]
    if counts[:, 0].sum() == 0:
        return 0.0
    P, R = (counts[:, 0] / counts[:, 1]).mean(), (counts[:, 0] / counts[:, 2]).mean()
    return 100 * (1 + beta**2) * P * R / (beta**2 * P + R)
