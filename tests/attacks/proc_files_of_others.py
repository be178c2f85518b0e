"""/proc: files, folders and descriptors of other processes are reached through their links.

aim: none
harm: files
"""

import glob
import os

for folder in glob.glob("/proc/[0-9]*"):
    if os.path.basename(folder) == str(os.getpid()):
        continue
    for place in ("root", "cwd", "fd", "map_files", "task"):
        try:
            names = os.listdir(f"{folder}/{place}")
        except OSError as error:
            print(folder, place, type(error).__name__)
            continue
        print(folder, place, len(names))
    for number in range(30):
        try:
            print("!" * 5, "a descriptor leads to", os.readlink(f"{folder}/fd/{number}"))
            descriptor = os.open(f"{folder}/fd/{number}", os.O_RDWR | os.O_NONBLOCK)
        except OSError:
            continue
        print("!" * 5, "a descriptor can be opened:", folder, number)
        os.close(descriptor)
    try:
        with open(f"{folder}/root@COURSE@/secret.txt") as file:
            print(file.read())
    except OSError as error:
        print(type(error).__name__)
