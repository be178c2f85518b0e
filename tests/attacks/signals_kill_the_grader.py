"""Signals: kills its parent, the first process, its group and everything that it can reach.

aim: none
harm: processes
"""

import os
import signal

if os.readlink("/proc/self/ns/pid") != "@PIDNS@":  # only where this can hit nobody else
    for kind in (signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        for pid in (os.getppid(), 1, int("@GRADER@"), -1):
            if pid:
                try:
                    os.kill(pid, kind)
                except OSError as error:
                    print(pid, kind, type(error).__name__)
