"""/proc: the parent and the first process get a second of CPU time, no memory and no descriptors.

aim: none
harm: others
"""

import os
import resource

if os.readlink("/proc/self/ns/pid") != "@PIDNS@":
    for pid in {os.getppid(), 1} - {0, os.getpid()}:
        for name, value in {"CPU": 1, "NOFILE": 3, "AS": 4096, "NPROC": 1, "DATA": 4096}.items():
            try:
                resource.prlimit(pid, getattr(resource, f"RLIMIT_{name}"), (value, value))
            except (OSError, ValueError) as error:
                print(pid, name, type(error).__name__)
