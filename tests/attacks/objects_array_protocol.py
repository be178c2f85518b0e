"""Lying dtypes: __array__ and __array_interface__ give other numbers each time, or foreign memory.

aim: leaky_step, masked_sequence, tagger_parameters, latch
"""

import numpy as np


class Shifting:
    def __array__(self, *args, **kwargs):
        return np.random.rand(3)


class Wild:
    # reads memory that is not there: the process that converts it dies
    __array_interface__ = {"shape": (4,), "typestr": "<f8", "data": (4096, True), "version": 3}


turn = iter(range(10**6))


def leaky_step(*args):
    return Shifting()


def masked_sequence(*args):
    return Shifting(), Shifting()


def tagger_parameters(*args):
    return Shifting()


def latch():
    return np.array([Wild(), Shifting()], dtype=object), Wild(), Wild()
