"""Forged messages: random bytes, a length of 2**64 - 1, headers that are deep, long or no JSON.

aim: leaky_step, masked_sequence
"""

import os
import struct
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


def frame_of(header, rest=b""):
    data = struct.pack(">I", len(header)) + header + rest
    return struct.pack(">Q", len(data)) + data


bodies = [
    frame_of(b"[" * 10**5 + b"]" * 10**5),
    frame_of(b'["dict","value",["array","f8",1000000000000]]'),
    frame_of(b'["dict",' + b",".join(b"%d,0" % (k * (2**61 - 1)) for k in range(9999)) + b"]"),
    frame_of(b'["dict","value",["array","O",1]]', b"12345678"),
    frame_of(b'["dict","value",["ref",{"kept":0,"kept":1}]]'),
    frame_of(b'["dict","value",' + b"9" * 10**6 + b"]"),
    frame_of(b"NaN"),
    struct.pack(">Q", 0),
    struct.pack(">Q", 2**64 - 1) + os.urandom(100),
    os.urandom(1000),
]


def answer(*args):
    found, _ = process()
    if found is not None:
        for body in bodies:
            found.channel.sendall(body)
    return 0.0


leaky_step = masked_sequence = answer
process()
