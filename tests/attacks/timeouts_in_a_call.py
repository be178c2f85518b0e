"""Timeouts: the cell is quick, the answers sleep or compute for ever when they are called.

aim: leaky_step, latch, surname_classifier
alone: waits for its time limit
"""

import time


def leaky_step(*args):
    time.sleep(10**6)


def latch():
    while True:
        try:
            time.sleep(1)
        except BaseException:
            pass


def fit_surnames(names, targets, classes, seed):
    return 3 ** (10**9)


def predict_surnames(fitted, names):
    return [0] * len(names)
