"""Endless values: a list in itself, a list in a list ten thousand deep, an int of a million digits.

aim: leaky_step, masked_sequence, tagger_parameters, latch
"""


def leaky_step(*args):
    inside = []
    inside.append(inside)
    return inside


def masked_sequence(*args):
    deep = []
    for _ in range(10**4):
        deep = [deep]
    return deep, deep


def tagger_parameters(*args):
    return 1 << 10**7


def latch():
    many = {}
    many["a"] = (many, [many])
    return many, 10**5000, -(1 << 10**6)
