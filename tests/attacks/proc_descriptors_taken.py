"""/proc: pidfd_getfd takes open files and sockets out of the parents.

aim: none
harm: processes
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
OPEN, GETFD = 434, 438
for pid in {os.getppid(), 1} - {0, os.getpid()}:
    handle = libc.syscall(OPEN, pid, 0)
    for number in range(30):
        taken = libc.syscall(GETFD, handle, number, 0)
        if taken >= 0:
            print("!" * 5, "descriptor taken:", pid, number)
            os.close(taken)
