"""Bombs: a recursion without an end, after the limit was taken away.

aim: leaky_step
alone: takes all memory
"""

import sys

sys.setrecursionlimit(2**31 - 1)


def leaky_step(*args):
    return [leaky_step(*args)]
