"""Signals: every signal is ignored or answered with a jump out of what runs.

aim: none
alone: waits for its time limit
"""

import signal
import time


def jump(*args):
    raise GeneratorExit


for number in range(1, signal.NSIG):
    try:
        signal.signal(number, signal.SIG_IGN if number % 2 else jump)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))
while True:
    try:
        time.sleep(1)
    except BaseException:
        pass
