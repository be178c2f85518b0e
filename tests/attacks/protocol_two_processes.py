"""Forged messages: the process doubles itself, and both answer every question.

aim: leaky_step, masked_sequence, tagger_parameters, latch, surname_classifier
"""

import os
import sys

if os.fork() == 0 and "ipykernel" in sys.modules:
    os._exit(0)
