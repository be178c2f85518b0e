"""Endless values: generators, iterators and ranges without an end.

aim: leaky_step, masked_sequence, tagger_parameters, latch, surname_classifier
"""

import itertools


def leaky_step(*args):
    return itertools.count()


def masked_sequence(*args):
    while True:
        yield 0.0


def tagger_parameters(*args):
    return iter(int, 1)


def latch():
    return itertools.cycle([[0.0]])


def fit_surnames(*args, **kwargs):
    return itertools.count()


def predict_surnames(fitted, names):
    return itertools.repeat(0)
