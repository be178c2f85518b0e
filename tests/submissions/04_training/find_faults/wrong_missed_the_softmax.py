"""In the lines E to I you let one pass after which the loss cannot go below 1.46 nats, not
even on 20 examples: look at what the loss of line J does with the numbers it gets. See
section 4.14.
"""


def find_faults():
    return ["C", "E", "G", "P"]
