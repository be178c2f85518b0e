"""Exceptions: their texts, classes, names, causes and traces are traps.

aim: leaky_step, masked_sequence, tagger_parameters, latch
"""


class Text(str):
    def __str__(self):
        return self

    __repr__ = strip = split = __str__


class Loud(Exception):
    def __str__(self):
        raise Loud("again")

    __repr__ = __str__


class Meta(type):
    __name__ = property(lambda cls: 1 / 0)
    __qualname__ = property(lambda cls: Text("Failed"))

    def __subclasscheck__(cls, other):
        return True


class Nameless(Exception, metaclass=Meta):
    def __str__(self):
        return Text("no error")

    @property
    def __traceback__(self):
        raise Loud("no trace")

    @property
    def __class__(self):
        return checks.Outcome


def leaky_step(*args):
    raise Loud


def masked_sequence(*args):
    raise Nameless


def tagger_parameters(*args):
    error = ValueError("a cause of itself")
    error.__cause__ = error.__context__ = error
    raise error


def latch():
    error = ExceptionGroup("deep", [ValueError("x" * 10**7)])
    for _ in range(500):
        error = ExceptionGroup("deeper", [error])
    raise error
