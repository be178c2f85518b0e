"""/proc: process_vm_readv and kcmp at the places that a fork shares with its parent.

aim: none
harm: processes
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


class Piece(ctypes.Structure):
    _fields_ = [("start", ctypes.c_void_p), ("length", ctypes.c_size_t)]


with open("/proc/self/maps") as file:
    places = [line.split()[0] for line in file if " rw-p " in line][:40]
buffer = ctypes.create_string_buffer(4096)
for pid in {os.getppid(), 1} - {0, os.getpid()}:
    for place in places:
        start = int(place.split("-")[0], 16)
        ours, theirs = Piece(ctypes.addressof(buffer), 4096), Piece(start, 4096)
        got = libc.process_vm_readv(
            pid, ctypes.byref(ours), ctypes.c_ulong(1), ctypes.byref(theirs), ctypes.c_ulong(1),
            ctypes.c_ulong(0),
        )  # fmt: skip
        if got > 0:
            print("!" * 5, "memory was read of", pid)
            break
    else:
        print(pid, os.strerror(ctypes.get_errno()))
