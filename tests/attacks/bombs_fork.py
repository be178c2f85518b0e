"""Bombs: two hundred processes, each of which sleeps for a minute.

aim: none
harm: others
alone: starts 200 processes
"""

import os
import time

started = 0
for _ in range(200):
    try:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        started += 1
    except OSError as error:
        print(type(error).__name__)
        break
if started == 200:
    print("!" * 5, "200 processes run")
