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
    folder = os.path.dirname(package.__file__)
    marker = os.path.join(folder, "attack_marker.txt")
    for action in (
        lambda: open(package.__file__, "a").close(),
        lambda: open(marker, "w").close(),
        lambda: os.chmod(package.__file__, os.stat(package.__file__).st_mode & 0o777),
    ):
        try:
            action()
        except OSError:
            continue
        print("!" * 5, "can be written:", package.__name__)
    if os.path.exists(marker):
        os.remove(marker)
