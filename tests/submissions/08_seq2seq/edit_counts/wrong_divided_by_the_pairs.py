"""You divide by the number of pairs, which gives the edits of an average answer: divide by the
tokens of the references. See section 8.10.
"""


def edit_counts(answers, references):
    S = I = D = 0
    for answer, reference in zip(answers, references, strict=True):
        R, A = len(reference), len(answer)
        # (edits, insertions and deletions): the fewest edits, then the fewest of these
        cost = [[(i + j, i + j) for j in range(A + 1)] for i in range(R + 1)]
        for i in range(1, R + 1):
            for j in range(1, A + 1):
                wrong = int(reference[i - 1] != answer[j - 1])
                ways = [(cost[i - 1][j - 1][0] + wrong, cost[i - 1][j - 1][1])]
                ways.append((cost[i - 1][j][0] + 1, cost[i - 1][j][1] + 1))
                ways.append((cost[i][j - 1][0] + 1, cost[i][j - 1][1] + 1))
                cost[i][j] = min(ways)
        edits, gaps = cost[R][A]
        S += edits - gaps
        I += (gaps + A - R) // 2
        D += (gaps - A + R) // 2
    rate = (S + I + D) / len(references)
    return (S, I, D), rate
