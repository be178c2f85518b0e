"""Signals: the process stops itself in the middle of a call, and a child of it stops it again.

aim: leaky_step, masked_sequence
alone: waits for its time limit
"""

import os
import signal


def leaky_step(*args):
    me = os.getpid()
    if os.fork() == 0:
        while True:
            os.kill(me, signal.SIGSTOP)
    signal.pause()


def masked_sequence(*args):
    os.kill(os.getpid(), signal.SIGSTOP)
    return args[0], args[2]
