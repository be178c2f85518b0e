from collections import Counter


def interpolate(train, context, size, weights, blind):
    text, context = [int(s) for s in train], [int(s) for s in context]
    parts = [(blind, [1 / size] * size)]
    for j, weight in enumerate(weights):
        runs = Counter(zip(*(text[i:] for i in range(j + 1))))
        c = tuple(context[len(context) - j :])
        row = [runs[(*c, x)] for x in range(size)]
        if sum(row):
            parts.append((float(weight), [n / sum(row) for n in row]))
    Z = sum(weight for weight, _ in parts)
    return [sum(weight * row[x] for weight, row in parts) / Z for x in range(size)]
