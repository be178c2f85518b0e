"""Timeouts: nothing that is called takes long; what is returned does, once it is looked at.

aim: leaky_step, masked_sequence, tagger_parameters
alone: waits for its time limit
"""

import time


class Slow:
    def __getattr__(self, name):
        time.sleep(10**6)

    __len__ = __iter__ = __array__ = __float__ = __eq__ = __repr__ = __getattr__

    def __iter__(self):
        while True:
            time.sleep(0.5)
            yield Slow()


def leaky_step(*args):
    return Slow()


def masked_sequence(*args):
    return Slow(), Slow()


class Name:
    __name__ = property(lambda self: time.sleep(10**6))
    __signature__ = property(lambda self: time.sleep(10**6))
    __call__ = lambda self, *args: 0


tagger_parameters = Name()
