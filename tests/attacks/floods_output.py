"""Floods: 50 MB to either stream, to the descriptors under them, and in one line.

aim: leaky_step
"""

import os
import sys

for _ in range(20):
    print("x" * 10**6)
    sys.stderr.write("y" * 10**6)
os.write(1, b"z" * 10**7)


def leaky_step(*args):
    print("x" * 10**7)
    os.write(2, b"z" * 10**6)
    return 0.0
