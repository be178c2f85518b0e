"""Import hooks: the package itself is opened for writing, and a file is put beside it.

aim: none
harm: files
"""

import os

import nbformat
import numpy
import torch

import rnn_utils

for package in (rnn_utils, numpy, torch, nbformat, checks):
    file = package.__file__
    marker = os.path.join(os.path.dirname(file), "attack_marker.txt")
    before = os.stat(file)
    for action in (
        lambda: open(file, "a").close(),
        lambda: open(marker, "w").close(),
        lambda: os.chmod(file, before.st_mode & 0o777),
    ):
        try:
            action()
        except OSError as error:
            print(type(error).__name__)
    if os.path.exists(marker) or os.stat(file).st_ctime_ns != before.st_ctime_ns:
        print("!" * 5, "can be written:", package.__name__)
    if os.access(file, os.W_OK):
        print("!" * 5, "may be written:", package.__name__)
    if os.path.exists(marker):
        os.remove(marker)
