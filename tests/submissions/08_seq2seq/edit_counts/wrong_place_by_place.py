"""You compare place by place, so one missing token makes all that follow wrong: find the
alignment with the fewest edits. See section 8.10.
"""


def edit_counts(answers, references):
    S = I = D = 0
    for answer, reference in zip(answers, references, strict=True):
        S += sum(a != r for a, r in zip(answer, reference))
        I += max(len(answer) - len(reference), 0)
        D += max(len(reference) - len(answer), 0)
    return (S, I, D), (S + I + D) / sum(len(reference) for reference in references)
