"""Left behind: the first process gets the lowest rank at disks and processors, for all that follow.

Looks first whether an earlier learner did so.
aim: none
harm: others
"""

import ctypes

libc = ctypes.CDLL(None, use_errno=True)
GET, SET, PROCESS, IDLE = 252, 251, 1, 3 << 13
if libc.syscall(GET, PROCESS, 0) == IDLE:
    print("!" * 5, "an earlier learner made this process the last at disks")
if libc.syscall(SET, PROCESS, 1, IDLE) == 0:
    print("the first process is the last at disks")


class Attributes(ctypes.Structure):
    _fields_ = [
        *(("size", ctypes.c_uint32), ("policy", ctypes.c_uint32), ("flags", ctypes.c_uint64)),
        *(("nice", ctypes.c_int32), ("priority", ctypes.c_uint32), ("runtime", ctypes.c_uint64)),
        *(("deadline", ctypes.c_uint64), ("period", ctypes.c_uint64)),
        *(("least", ctypes.c_uint32), ("most", ctypes.c_uint32)),
    ]


read = Attributes(size=56)
if libc.syscall(315, 0, ctypes.byref(read), 56, 0) == 0 and 0 < read.most < 1024:
    print("!" * 5, f"an earlier learner keeps this process slow: {read.most}")
made = Attributes(size=56, flags=0x08 | 0x10 | 0x40, most=8)
if libc.syscall(314, 1, ctypes.byref(made), 0) == 0:
    print("the first process is to be slow")
