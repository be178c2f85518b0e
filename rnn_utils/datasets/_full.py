"""Data sets that are downloaded, or read from the data root."""

from __future__ import annotations

import gzip
from pathlib import PurePosixPath

import numpy as np
import torch
from torch import Tensor

from rnn_utils.datasets._files import File, read
from rnn_utils.datasets._idx import parse_idx
from rnn_utils.datasets._offline import labelled_names
from rnn_utils.datasets._parts import by_position
from rnn_utils.datasets._types import Examples, Labelled, Text

_PARTS = ("train", "valid", "test")


def time_machine(files: tuple[File, ...]) -> Text:
    """Return The Time Machine, one paragraph a line."""
    return Text("time_machine", *by_position(read(files[0]).decode("utf-8")))


def tiny_shakespeare(files: tuple[File, ...]) -> Text:
    """Return a million characters of Shakespeare's plays."""
    return Text("tiny_shakespeare", *by_position(read(files[0]).decode("utf-8")))


def ptb(files: tuple[File, ...]) -> Text:
    """Return the Penn Treebank in its official parts: words between spaces, a sentence a line."""
    parts = {}
    for file in files:
        lines = read(file).decode("utf-8").splitlines()
        parts[file.path.split(".")[-2]] = "".join(" ".join(line.split()) + "\n" for line in lines)
    return Text("ptb", *(parts[part] for part in _PARTS))


def names(files: tuple[File, ...]) -> Labelled:
    """Return surnames of 18 languages: each once a language, in the same part in all of them."""
    pairs = []
    for file in files:
        language = PurePosixPath(file.path).stem
        lines = read(file).decode("utf-8").splitlines()
        pairs += [(line.strip(), language) for line in lines if line.strip()]
    return labelled_names("names", pairs)


def mnist(files: tuple[File, ...], name: str = "mnist") -> Labelled:
    """Return MNIST in [0, 1]: 55,000 to train, the next 5,000 to validate, the official test."""
    arrays = {
        PurePosixPath(file.path).name: parse_idx(gzip.decompress(read(file)), file.path)
        for file in files
    }

    def examples(part: str, where: slice) -> Examples:
        images = _in_unit_range(arrays[f"{part}-images-idx3-ubyte.gz"][where])  # (N, 28, 28)
        targets = arrays[f"{part}-labels-idx1-ubyte.gz"][where].astype(np.int64)
        return Examples(images, torch.from_numpy(targets))

    return Labelled(
        name,
        train=examples("train", slice(0, 55_000)),
        valid=examples("train", slice(55_000, None)),
        test=examples("t10k", slice(None)),
        classes=tuple("0123456789"),
    )


def mnist_rows(files: tuple[File, ...]) -> Labelled:
    """Return `mnist` as sequences of T = 28 rows with D = 28 features."""
    return mnist(files, "mnist_rows")


def _in_unit_range(images: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Tensor:
    return torch.from_numpy(images.astype(np.float32) / 255)
