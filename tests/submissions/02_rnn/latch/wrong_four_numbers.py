"""Your function returns four numbers one after the other: it should return three arrays, with
the two input weights together in the first. See section 2.4.
"""


def latch():
    return 10.0, -10.0, 5.0, 0.5
