"""Forged messages: handles of objects that are not there, with kinds, names and signatures made up.

aim: leaky_step, masked_sequence, tagger_parameters, latch
"""

import sys


def process():
    frame = sys._getframe()
    while frame is not None:
        own = frame.f_locals.get("self")
        if type(own).__name__ == "Process" and hasattr(own, "do"):
            print("the process was found")
            return own, own.do
        frame = frame.f_back
    return None, {}


class Made:
    def __init__(self, described):
        self.described = described


found, _ = process()
if found is not None:
    turn = iter(range(10**9))
    kinds = [
        {"kept": 10**18, "type": "ndarray", "kind": "model"},
        {"kept": -1, "type": "Failed", "kind": "function", "parameters": [["x", -7]] * 50},
        {"kept": 0, "type": "__class__", "kind": "function", "name": "__import__"},
        {"kept": "0", "type": 5, "kind": ["function"]},
        {"kept": 0, "type": "x" * 10**6, "kind": "function", "parameters": [["a", 0]] * 10**5},
        {"kept": 0, "type": "bool", "kind": "function", "parameters": {"a": 1}},
        {"pairs": [[1], [2], [3]], "generator": {"bit_generator": "__class__"}},
        {"callback": 0, "name": "os.system"},
        {},
    ]
    refer = type(found)._refer
    type(found)._refer = lambda self, value: (
        value.described if isinstance(value, Made) else refer(self, value)
    )

    def answer(*args):
        return Made(kinds[next(turn) % len(kinds)])

    leaky_step = masked_sequence = tagger_parameters = answer

    def latch():
        return Made(kinds[0]), Made(kinds[1]), Made(kinds[4])

else:
    leaky_step = masked_sequence = tagger_parameters = latch = lambda *args: 0.0
