"""Bombs: empty files without an end, each of which takes memory of the system's.

aim: none
harm: others
alone: takes memory
"""

import os

for folder in ("/tmp", "/dev/shm", "."):
    made = 0
    try:
        while made < 100_000:
            os.mknod(f"{folder}/empty-{made}")
            made += 1
    except OSError as error:
        print(folder, type(error).__name__)
    if made == 100_000:
        print("!" * 5, f"{made} files in {folder}")
