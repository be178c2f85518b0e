"""Lying dtypes: structured, void, object, datetime, subarray and byte-swapped arrays.

aim: leaky_step, masked_sequence, tagger_parameters, latch
"""

import numpy as np
import torch


class Trap:
    def __eq__(self, other):
        return True

    def __reduce__(self):
        return exec, ("raise SystemExit",)


turn = iter(range(10**6))
values = [
    np.array([Trap()] * 4, dtype=object),
    np.zeros(3, dtype=[("a", "f8"), ("b", object)]),
    np.zeros(3, dtype="V2000000"),
    np.array(["2020-01-01"], dtype="datetime64[ns]"),
    np.zeros(2, dtype=np.dtype((np.float64, (2, 2)))),
    np.zeros(2, dtype=np.dtype("f8", metadata={"trap": Trap()})),
    np.array([b"bytes"], dtype="S10"),
    np.zeros((2, 3), dtype=np.longdouble),
    np.ma.masked_all((2, 4)),
    np.matrix([[1.0]]),
    torch.zeros(2, 4, device="meta"),
    torch.eye(4).to_sparse(),
    torch.quantize_per_tensor(torch.zeros(2, 4), 0.1, 0, torch.qint8),
    torch.nested.nested_tensor([torch.zeros(2)]),
    torch.zeros(2, 4, dtype=torch.complex64).conj(),
]


def leaky_step(*args):
    return values[next(turn) % len(values)]


masked_sequence = tagger_parameters = leaky_step


def latch():
    return leaky_step(), leaky_step(), leaky_step()
