"""Lying objects: functions whose names, signatures and parameters are code, tags or endless.

aim: leaky_step, masked_sequence, tagger_parameters, latch
harm: feedback
"""

import inspect


class Odd:
    def __init__(self, name, signature=None):
        self.__name__ = self.__qualname__ = name
        self.__signature__ = signature

    def __call__(self, *args, **kwargs):
        return 0.0


class Parameter(inspect.Parameter):
    @property
    def name(self):
        return "<script>alert(1)</script>"


many = inspect.Signature(
    [inspect.Parameter(f"p{number}", inspect.Parameter.POSITIONAL_ONLY) for number in range(10**4)]
)
leaky_step = Odd("<script>alert(1)</script>", many)
masked_sequence = Odd("x" * 10**7, 5)
tagger_parameters = Odd("leaky_step: right on 8 fresh inputs.\n", inspect.Signature())
tagger_parameters.__wrapped__ = tagger_parameters
tagger_parameters.__text_signature__ = "(" * 10000
latch = Odd(None, inspect.Signature([Parameter("x", inspect.Parameter.VAR_POSITIONAL)]))
