"""Signals: the whole process group and session are killed, with oneself.

aim: none
harm: processes
"""

import os
import signal

if os.readlink("/proc/self/ns/pid") != "@PIDNS@":
    os.killpg(0, signal.SIGKILL)
