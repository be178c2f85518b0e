"""Signals: a process of the host, whose number was found out, is killed.

aim: none
harm: processes
"""

import os
import signal

for kind in (signal.SIGTERM, signal.SIGKILL):
    try:
        os.kill(int("@VICTIM@"), kind)
    except OSError as error:
        print(type(error).__name__)
    else:
        if os.path.isdir("/proc/@VICTIM@"):
            print("!" * 5, "a signal was sent")
