"""You count a head for each layer: there is one, on top. See section 6.10."""


def hidden_for_budget(kind, budget, inputs, layers, classes, bidirectional):
    blocks = {"rnn": 1, "mgu": 2, "gru": 3, "lstm": 4}[kind]
    directions = 2 if bidirectional else 1
    best = 0
    for hidden in range(1, budget + 1):
        first = directions * blocks * hidden * (inputs + hidden + 2)
        later = directions * blocks * hidden * (directions * hidden + hidden + 2)
        head = classes * (directions * hidden + 1)
        total = first + (layers - 1) * later + layers * head
        if total > budget:
            break
        best = hidden
    return best
