def hidden_for_budget(kind, budget, inputs, layers, classes, bidirectional):
    blocks = ["rnn", "mgu", "gru", "lstm"].index(kind) + 1
    ways = 1 + bool(bidirectional)

    def fits(h):
        widths = [inputs] + [ways * h] * (layers - 1)
        body = sum(ways * blocks * (h * w + h * h + 2 * h) for w in widths)
        return body + classes * ways * h + classes <= budget

    low, high = 0, budget + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
