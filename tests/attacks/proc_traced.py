"""/proc: the parent, the first process and all others are attached to as a debugger does.

aim: none
harm: processes
"""

import ctypes
import glob
import os

ATTACH, DETACH, SEIZE = 16, 17, 0x4206
libc = ctypes.CDLL(None, use_errno=True)
pids = {os.getppid(), 1, *(int(os.path.basename(p)) for p in glob.glob("/proc/[0-9]*"))}
for pid in pids - {os.getpid()}:
    if libc.ptrace(SEIZE, pid, None, None) == 0:
        print("!" * 5, "attached to", pid)
        libc.ptrace(DETACH, pid, None, None)
    else:
        print(pid, os.strerror(ctypes.get_errno()))
