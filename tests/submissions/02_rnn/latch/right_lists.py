def latch():
    return [[8.0, -8.0]], [[4.0]], [0.25]
