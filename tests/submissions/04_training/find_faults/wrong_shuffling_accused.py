"""You name the shuffling in line D: it shuffles examples, not the rows within one, and every
epoch should have an order of its own. See section 4.2.
"""


def find_faults():
    return ["C", "D", "E", "G", "H", "P"]
