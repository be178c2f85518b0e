"""Changed arguments: an answer empties, turns round and fills what it was called with.

harm: others
"""

import numpy as np
import torch


def spoil(value):
    if isinstance(value, np.ndarray):
        value[...] = 0
    elif isinstance(value, torch.Tensor):
        value.zero_()
    elif isinstance(value, list):
        value[:] = ["nobody"] * len(value)
    elif isinstance(value, dict):
        value.clear()


def leaky_step(*args):
    for value in args:
        spoil(value)
    return np.zeros(args[1].shape)


def masked_sequence(*args):
    for value in args:
        spoil(value)
    return np.zeros((*args[1].shape, args[2].shape[1])), args[2]


def fit_surnames(names, targets, classes, seed):
    spoil(names)
    spoil(targets)
    for module in list(__import__("sys").modules.values()):
        if getattr(module, "__name__", "").startswith("rnn_utils.datasets"):
            for value in vars(module).values():
                if isinstance(value, list):
                    spoil(value)


def predict_surnames(fitted, names):
    spoil(names)
    return [0] * len(names)
