"""Bombs: a thousand billion numbers, asked for at once, and a list that grows to three GiB.

aim: leaky_step
alone: takes 3 GiB
"""

import numpy as np

try:
    np.ones(10**12)
except MemoryError:
    pass


def leaky_step(*args):
    kept = []
    for _ in range(48):
        kept.append(bytearray(b"x" * 2**26))
    return kept
