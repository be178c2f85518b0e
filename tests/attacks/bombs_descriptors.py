"""Bombs: every descriptor that can be had is opened and kept.

aim: leaky_step
"""

import os

kept = []
try:
    while len(kept) < 100000:
        kept.append(os.memfd_create("x"))
except OSError as error:
    print(type(error).__name__)


def leaky_step(*args):
    return 0.0
