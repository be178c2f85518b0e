"""Your table starts with rows of zeros, so tokens too many or missing in front cost nothing: the
first row and the first column count up. See section 8.10.
"""

import numpy as np


def edit_counts(answers, references):
    counts = np.zeros(3, dtype=int)
    for answer, reference in zip(answers, references, strict=True):
        R, A = len(reference), len(answer)
        best = {(i, j): (0, 0, 0, 0, 0) for i in range(R + 1) for j in range(A + 1)}
        for i in range(1, R + 1):
            for j in range(1, A + 1):
                edits, gaps, s, ins, dels = best[i - 1, j - 1]
                wrong = int(reference[i - 1] != answer[j - 1])
                ways = [(edits + wrong, gaps, s + wrong, ins, dels)]
                edits, gaps, s, ins, dels = best[i, j - 1]
                ways.append((edits + 1, gaps + 1, s, ins + 1, dels))
                edits, gaps, s, ins, dels = best[i - 1, j]
                ways.append((edits + 1, gaps + 1, s, ins, dels + 1))
                best[i, j] = min(ways)
        counts += best[R, A][2:]
    return counts, counts.sum() / sum(len(reference) for reference in references)
