"""Endless values: five million numbers in a list, half a million lists in a list.

aim: leaky_step, tagger_parameters
alone: takes much memory
"""


def leaky_step(*args):
    return [0.0] * 5 * 10**6


def tagger_parameters(*args):
    return [[0.0]] * 5 * 10**5
