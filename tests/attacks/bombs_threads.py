"""Bombs: five hundred threads.

aim: none
harm: others
alone: starts 500 threads
"""

import threading
import time

started = 0
try:
    for _ in range(500):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        started += 1
except RuntimeError as error:
    print(error)
if started == 500:
    print("!" * 5, "500 threads run")
