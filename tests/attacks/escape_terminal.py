"""Escape: commands are typed into the terminal from which grading was started.

aim: none
harm: processes
"""

import fcntl
import os
import termios

for name in ("/dev/tty", "/dev/console", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2"):
    try:
        descriptor = os.open(name, os.O_RDWR | os.O_NOCTTY)
    except OSError as error:
        print(name, type(error).__name__)
        continue
    try:
        if os.isatty(descriptor):
            print("!" * 5, "a terminal:", name)
        fcntl.ioctl(descriptor, termios.TIOCSTI, b" ")
    except OSError as error:
        print(name, type(error).__name__)
    else:
        print("!" * 5, "typed into", name)
