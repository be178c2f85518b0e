"""Your search stops when an answer that has ended scores above every live beginning: dividing by
n to the alpha lets a beginning's score rise as it grows, so go on while one is live. See section
8.8.
"""

import itertools
import math


def ruled_beam(table, width, least, alpha):
    end = table.shape[2] - 1
    live, ended = [(0.0, [])], []
    for n in range(1, len(table) + 1):
        grown = []
        for total, letters in live:
            logs = table[n - 1, letters[-1] if letters else end]
            for symbol in range(end + 1):
                if symbol == end and len(letters) < least:
                    continue
                pairs = list(itertools.pairwise([*letters, symbol]))
                if len(set(pairs)) < len(pairs):
                    continue
                grown.append((total + logs[symbol], [*letters, symbol]))
        grown.sort(key=lambda item: item[0], reverse=True)
        best = grown[:width]
        for total, letters in best:
            if letters[-1] == end:
                ended.append((total / n**alpha, letters[:-1]))
        live = [(total, letters) for total, letters in best if letters[-1] != end]
        if ended and live and max(ended)[0] > live[0][0] / n**alpha:
            break
    if not ended:
        return [], -math.inf
    score, letters = max(ended, key=lambda item: item[0])
    return letters, score
