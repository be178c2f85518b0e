"""Feedback: both streams are objects that lie about what they wrote, or write elsewhere.

aim: leaky_step, masked_sequence
"""

import sys


class Stream:
    encoding, errors, closed, name = "utf-8", "strict", False, "<stdout>"

    def write(self, text):
        raise SystemExit(0)

    def __getattr__(self, name):
        raise KeyboardInterrupt

    def fileno(self):
        return 3

    flush = isatty = lambda self: True


sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = Stream()


def leaky_step(*args):
    sys.stdout.write("right")


def masked_sequence(*args):
    print("right")
