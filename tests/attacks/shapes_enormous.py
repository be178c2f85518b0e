"""Hostile shapes: views of a thousand billion numbers that take no memory here.

aim: leaky_step, masked_sequence, tagger_parameters, latch, surname_classifier
"""

import numpy as np
import torch


def leaky_step(*args):
    return np.broadcast_to(np.zeros(1), (10**12,))


def masked_sequence(*args):
    return torch.zeros(1).expand(10**6, 10**6), np.lib.stride_tricks.as_strided(
        np.zeros(1), (2**40, 2**20), (0, 0)
    )


def tagger_parameters(*args):
    return np.zeros((0, 2**62))


def latch():
    return torch.zeros([1] * 64), np.zeros([1] * 32), torch.zeros(0, 2**40)


def fit_surnames(*args, **kwargs):
    return np.broadcast_to(np.zeros(1), (10**12,))


def predict_surnames(fitted, names):
    return range(10**15)
