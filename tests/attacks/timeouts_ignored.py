"""Timeouts: a loop that takes every interrupt and goes on, with clocks that stand still.

aim: none
alone: waits for its time limit
"""

import time

time.time = time.monotonic = time.perf_counter = time.process_time = lambda: 0.0
while True:
    try:
        while True:
            pass
    except BaseException:
        continue
