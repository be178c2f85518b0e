import math


def ruled_beam(table, width, least, alpha):
    end = table.shape[2] - 1

    def allowed(letters, symbol):
        if symbol == end:
            return len(letters) >= least
        text = [*letters, symbol]
        return all(text[i : i + 2] != text[-2:] for i in range(len(text) - 2))

    def search(live, n):
        if n > len(table) or not live:
            return []
        grown = [
            (total + table[n - 1, letters[-1] if letters else end, k], letters, k)
            for total, letters in live
            for k in range(end + 1)
            if allowed(letters, k)
        ]
        kept = sorted(grown, key=lambda item: -item[0])[:width]
        ended = [(total / n**alpha, letters) for total, letters, k in kept if k == end]
        return ended + search([(t, [*w, k]) for t, w, k in kept if k != end], n + 1)

    found = search([(0.0, [])], 1)
    if not found:
        return [], -math.inf
    score, letters = max(found, key=lambda item: item[0])
    return letters, score
