"""Forged messages: arguments are said to have changed that are none, or into something else."""

import sys

import numpy as np


def process():
    frame = sys._getframe()
    while frame is not None:
        own = frame.f_locals.get("self")
        if type(own).__name__ == "Process" and hasattr(own, "do"):
            print("the process was found")
            return own, own.do
        frame = frame.f_back
    return None, {}


found, served = process()
if found is not None:
    turn = iter(range(10**9))
    changes = [
        [(place, np.full((2, 3), np.nan)) for place in range(6)],
        [(-1, 0), (10**9, 0), ("self", 0), ("__class__", 0), (True, 0), (0.0, 0), (None, 0)],
        [(0, np.zeros((0,)))] * 1000,
        [(0,), (0, 1, 2), 0, None, "ab", [0, 1]],
        {"0": 1},
        [(place, "x" * 10**6) for place in range(6)],
    ]

    def call(message):
        return {"value": 0.0, "changed": changes[next(turn) % len(changes)], "printed": 7}

    served["call"] = call
