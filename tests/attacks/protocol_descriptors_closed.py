"""Forged messages: every descriptor is closed, or leads to nothing, and the process lives on.

aim: all
alone: waits for its time limit
"""

import os
import time

for number in range(3, 64):
    try:
        os.dup2(os.open("/dev/null", os.O_RDWR), number)
    except OSError:
        pass
os.closerange(3, 256)
time.sleep(10**6)
