"""Bombs: three GiB of memory, touched page by page, in this process and in children.

aim: none
harm: others
alone: takes 3 GiB
"""

import os

kept = []
for child in range(3):
    if os.fork() == 0:
        for _ in range(16):
            kept.append(bytearray(b"x" * 2**26))
        import time

        time.sleep(5)
        os._exit(0)
statuses = [os.wait()[1] for _ in range(3)]
if not any(statuses):
    print("!" * 5, "3 GiB were taken")
