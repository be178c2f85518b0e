"""/proc: the first process gets limits under which nothing more can start.

Looks first whether an earlier learner did so.

aim: none
harm: others
"""

import os
import resource

NAMES = ("RLIMIT_NPROC", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_STACK", "RLIMIT_NOFILE")
for name in NAMES:
    if resource.getrlimit(getattr(resource, name))[1] == 2**20 + 4096:
        print("!" * 5, "a limit from an earlier learner:", name)
if os.readlink("/proc/self/ns/pid") != "@PIDNS@":
    for pid in {os.getppid(), 1} - {0, os.getpid()}:
        for name in NAMES:
            value = 2**20 + 4096
            try:
                hard = resource.prlimit(pid, getattr(resource, name))[1]
                value = value if hard == resource.RLIM_INFINITY else min(hard, value)
                resource.prlimit(pid, getattr(resource, name), (value, value))
            except (OSError, ValueError) as error:
                print(pid, name, type(error).__name__)
            else:
                print("set", pid, name)
