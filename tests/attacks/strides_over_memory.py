"""Hostile strides: arrays that overlap themselves, run backwards, and read far beside themselves.

aim: leaky_step, masked_sequence, tagger_parameters, latch
"""

import numpy as np

strided = np.lib.stride_tricks.as_strided


def leaky_step(x, h, *args):
    return strided(np.zeros(4), h.shape, (8, 8))[::-1, ::-1]


def masked_sequence(*args):
    return strided(np.zeros(1), (100, 100), (-(2**20), 2**20)), np.zeros(1)


def tagger_parameters(*args):
    return strided(np.zeros(1), (2, 2), (2**45, 2**45))


def latch():
    return strided(np.zeros(1), (1, 2), (8, 64)), np.zeros((1, 1)), np.zeros(1)
