"""/proc: the memory, the arguments and the settings of the parents are opened for writing.

aim: none
harm: processes
"""

import glob
import os

for folder in glob.glob("/proc/[0-9]*"):
    if os.path.basename(folder) == str(os.getpid()):
        continue
    for name in ("mem", "clear_refs", "coredump_filter", "comm", "timerslack_ns", "uid_map"):
        try:
            os.close(os.open(f"{folder}/{name}", os.O_WRONLY))
        except OSError as error:
            print(folder, name, type(error).__name__)
        else:
            if name == "mem":
                print("!" * 5, "memory can be written:", folder)
