"""Endless values: 200 MB of text, and more, where a number is expected.

aim: leaky_step
"""


def leaky_step(*args):
    return "0" * 2 * 10**8
