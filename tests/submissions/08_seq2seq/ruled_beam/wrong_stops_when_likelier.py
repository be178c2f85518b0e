"""Your search stops when an answer that has ended is likelier than every live beginning: that is
right for log P, which only falls, and not for log P / n^alpha, which may rise. See section 8.8.
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
                ended.append((total / n**alpha, total, letters[:-1]))
        live = [(total, letters) for total, letters in best if letters[-1] != end]
        if ended and live and max(total for _, total, _ in ended) > live[0][0]:
            break
    if not ended:
        return [], -math.inf
    score, _, letters = max(ended, key=lambda item: item[0])
    return letters, score
