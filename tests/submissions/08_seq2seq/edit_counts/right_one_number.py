import numpy as np


def edit_counts(answers, references):
    counts = np.zeros(3, dtype=int)
    for answer, reference in zip(answers, references, strict=True):
        big = len(answer) + len(reference) + 1  # an edit costs big, a gap 1 more
        row = (big + 1) * np.arange(len(answer) + 1)
        for i, truth in enumerate(reference, start=1):
            new = [(big + 1) * i]
            for j, said in enumerate(answer, start=1):
                along = min(row[j], new[-1]) + big + 1
                new.append(min(row[j - 1] + big * (said != truth), along))
            row = new
        edits, gaps = divmod(int(row[-1]), big)
        more = len(answer) - len(reference)
        counts += [edits - gaps, (gaps + more) // 2, (gaps - more) // 2]
    return counts, counts.sum() / sum(map(len, references))
