import math


def hidden_for_budget(kind, budget, inputs, layers, classes, bidirectional):
    d = 2 if bidirectional else 1
    g = d * {"rnn": 1, "mgu": 2, "gru": 3, "lstm": 4}[kind]
    # a h^2 + b h + c <= budget
    a = g * (1 + (layers - 1) * (d + 1))
    b = g * (inputs + 2 + 2 * (layers - 1)) + classes * d
    c = classes - budget
    if a + b + c > 0:
        return 0
    return (math.isqrt(b * b - 4 * a * c) - b) // (2 * a)
