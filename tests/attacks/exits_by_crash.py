"""Exits: the interpreter is brought down by a null pointer.

aim: leaky_step
"""

import ctypes
import faulthandler

faulthandler.disable()


def leaky_step(*args):
    ctypes.string_at(0)
