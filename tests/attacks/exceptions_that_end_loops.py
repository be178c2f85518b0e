"""Exceptions: those that end a loop, a generator or a process, raised inside the calls.

aim: leaky_step, masked_sequence, tagger_parameters, latch, surname_classifier
"""


def leaky_step(*args):
    raise StopIteration


def masked_sequence(*args):
    raise GeneratorExit


def tagger_parameters(*args):
    raise KeyboardInterrupt


def latch():
    raise SystemExit(0)


def fit_surnames(*args, **kwargs):
    return None


def predict_surnames(fitted, names):
    raise StopAsyncIteration
