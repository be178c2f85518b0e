import functools


def edit_counts(answers, references):
    totals, length = [0, 0, 0], 0
    for said, truth in zip(answers, references, strict=True):

        @functools.cache
        def best(i, j, said=tuple(said), truth=tuple(truth)):
            if i == 0 or j == 0:
                return i + j, 0, j, i
            edits, s, ins, dels = best(i - 1, j - 1)
            wrong = truth[i - 1] != said[j - 1]
            ways = [(edits + wrong, s - wrong, ins, dels)]  # s counts downwards
            edits, s, ins, dels = best(i, j - 1)
            ways.append((edits + 1, s, ins + 1, dels))
            edits, s, ins, dels = best(i - 1, j)
            ways.append((edits + 1, s, ins, dels + 1))
            return min(ways)

        edits, s, ins, dels = best(len(truth), len(said))
        totals = [totals[0] - s, totals[1] + ins, totals[2] + dels]
        length += len(truth)
    return tuple(totals), sum(totals) / length
