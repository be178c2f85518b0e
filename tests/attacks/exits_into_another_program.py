"""Exits: the process becomes another program, which writes forged answers to every descriptor."""

import os
import sys

program = """
import os, struct
frame = b'\\x00\\x00\\x00\\x12["dict","ok",true]'
for _ in range(20):
    for number in range(3, 20):
        try:
            os.set_blocking(number, False)
            os.write(number, struct.pack(">Q", len(frame)) + frame)
        except OSError:
            pass
"""
for number in range(3, 256):
    try:
        os.set_inheritable(number, True)
    except OSError:
        pass
os.execv(sys.executable, [sys.executable, "-c", program])
