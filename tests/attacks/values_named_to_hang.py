"""Timeouts: classes, signatures, documentation and attributes that take for ever when looked at.

aim: leaky_step, masked_sequence, tagger_parameters
alone: waits for its time limit
"""


def forever(*args):
    while True:
        pass


class Slow(type):
    __name__ = __qualname__ = __module__ = __doc__ = __dict__ = __signature__ = property(forever)
    __instancecheck__ = __subclasscheck__ = __getattribute__ = forever


class Step:
    def __call__(self, *args):
        return type(
            "int", (object,), {"__class__": property(forever), "shape": property(forever)}
        )()

    __signature__ = __name__ = __iter__ = property(forever)


leaky_step = masked_sequence = Step()
tagger_parameters = Slow("tagger_parameters", (), {})
