import math


def decay_rate(norms):
    top = bottom = 0.0
    for row in norms.tolist():
        points = [(k, math.log(n)) for k, n in enumerate(row) if n != 0]
        middle = sum(k for k, _ in points) / len(points)
        for k, log in points:
            top += (k - middle) * log
            bottom += (k - middle) ** 2
    return math.exp(top / bottom)
