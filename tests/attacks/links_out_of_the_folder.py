"""Symbolic links: the work folder leads to the gradebook, to solutions and to other learners.

aim: none
harm: files
"""

import os
import shutil

targets = {
    "gradebook.db": "@COURSE@/gradebook.db",
    "02_rnn.ipynb": "@COURSE@/solutions/02_rnn/02_rnn.ipynb",
    "others": "@COURSE@/submitted",
    "up": "../../../..",
    "memory": "/proc/self/mem",
    "first": "/proc/1/root",
}
for name, target in targets.items():
    try:
        os.symlink(target, name)
        os.link(target, f"hard_{name}")
    except OSError as error:
        print(name, type(error).__name__)
for name in ("gradebook.db", "02_rnn.ipynb", "others/other/02_rnn/02_rnn.ipynb"):
    try:
        with open(name, "a") as file:
            file.write(" ")
    except OSError as error:
        print(name, type(error).__name__)
try:
    print(os.listdir("others"), os.listdir("up"))
except OSError as error:
    print(type(error).__name__)
for name in ("others", "up"):
    shutil.rmtree(f"{name}/attack_marker", ignore_errors=True)
