"""Do the loaders of downloaded data sets read the real files as they are?

These tests need the files: RNN_UTILS_DATA names a folder that holds them, <data set>/<file>.
"""

from __future__ import annotations

import gzip
import os
import struct
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch

from rnn_utils import datasets
from rnn_utils.datasets._idx import parse_idx

real = pytest.mark.skipif(
    not os.environ.get("RNN_UTILS_DATA"), reason="RNN_UTILS_DATA is not set: no real files to read"
)


def raw(path: str) -> bytes:
    return Path(os.environ["RNN_UTILS_DATA"], path).read_bytes()


def parts_of(data):
    return data.train, data.valid, data.test


@real
@pytest.mark.parametrize(
    ("name", "path", "beginning"),
    [
        ("time_machine", "time_machine/timemachine.txt", "The Time Machine, by H. G. Wells"),
        ("tiny_shakespeare", "tiny_shakespeare/input.txt", "First Citizen:\nBefore we proceed"),
    ],
)
def test_is_a_text_whole_and_cut_by_position(name, path, beginning):
    data = datasets.load(name)
    text = raw(path).decode("utf-8")
    assert "".join(parts_of(data)) == text
    assert data.train.startswith(beginning)
    assert [round(len(part) / len(text), 2) for part in parts_of(data)] == [0.8, 0.1, 0.1]


@real
def test_has_the_penn_treebank_the_published_number_of_words():
    data = datasets.load("ptb")
    words = [part.replace("\n", " <eos> ").split(" ") for part in parts_of(data)]
    words = [[word for word in part if word] for part in words]
    assert [len(part) for part in words] == [929_589, 73_760, 82_430]
    assert len(set(words[0])) == 10_000
    assert set(words[1]) | set(words[2]) <= set(words[0])


@real
def test_are_the_lines_of_the_penn_treebank_words_between_single_spaces():
    data = datasets.load("ptb")
    for part, file in zip(parts_of(data), ("train", "valid", "test"), strict=True):
        lines = raw(f"ptb/ptb.{file}.txt").decode("ascii").splitlines()
        assert part.endswith("\n")
        assert part[:-1].split("\n") == [line[1:-1] for line in lines], "a space at both ends"
        assert "  " not in part


@real
def test_are_names_all_there_once_a_language():
    data = datasets.load("names")
    assert len(data.classes) == 18
    ours = [
        (name, data.classes[target])
        for part in parts_of(data)
        for name, target in zip(part.inputs, part.targets, strict=True)
    ]
    theirs = {
        (line.strip(), language)
        for language in data.classes
        for line in raw(f"names/{language}.txt").decode("utf-8").split("\n")
        if line.strip()
    }
    assert len(ours) == len(set(ours)) == 18_012
    assert set(ours) == theirs
    counts = sum(part.targets.bincount(minlength=18) for part in parts_of(data))
    sizes = dict(zip(data.classes, counts.tolist(), strict=True))
    assert (min(sizes, key=sizes.get), min(sizes.values())) == ("Vietnamese", 71)
    assert (max(sizes, key=sizes.get), max(sizes.values())) == ("Russian", 9_340)


@real
def test_is_no_name_in_two_parts_and_every_language_in_all():
    data = datasets.load("names")
    train, valid, test = (set(part.inputs) for part in parts_of(data))
    assert not train & valid
    assert not train & test
    assert not valid & test
    whole = sum(part.targets.bincount(minlength=18) for part in parts_of(data))
    for part in (data.valid, data.test):
        share = part.targets.bincount(minlength=18) / whole
        assert (share > 0.06).all()
        assert (share < 0.11).all()


@real
def test_is_mnist_the_files_divided_by_255():
    data = datasets.load("mnist")
    images = np.concatenate([part.inputs.numpy() for part in parts_of(data)])
    targets = np.concatenate([part.targets.numpy() for part in parts_of(data)])
    assert [len(part) for part in parts_of(data)] == [55_000, 5_000, 10_000]
    assert images.shape == (70_000, 28, 28)
    assert images.dtype == np.float32
    assert data.train.targets.dtype == torch.int64
    pixels = b"".join(
        gzip.decompress(raw(f"mnist/{part}-images-idx3-ubyte.gz"))[16:]
        for part in ("train", "t10k")
    )
    assert np.rint(images * 255).astype(np.uint8).tobytes() == pixels
    labels = b"".join(
        gzip.decompress(raw(f"mnist/{part}-labels-idx1-ubyte.gz"))[8:] for part in ("train", "t10k")
    )
    assert targets.astype(np.uint8).tobytes() == labels
    assert targets[:5].tolist() == [5, 0, 4, 1, 9]


@real
def test_are_mnist_rows_the_images_read_row_by_row():
    rows = datasets.load("mnist_rows", limit=1_000)
    assert rows.name == "mnist_rows"
    assert rows.train.inputs.shape == (1_000, 28, 28)  # (N, T, D)
    assert len(rows.valid) == 5_000
    assert rows.train.inputs[0, 0].sum() == 0, "the first step is the empty upper edge"
    assert rows.train.inputs[0, 14].sum() > 0


@real
def test_does_the_fetch_command_fill_the_cache_from_a_mirror(tmp_path):
    """Do registry, mirror, command and loader fit together, with the real files?"""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    handler = partial(Quiet, directory=os.environ["RNN_UTILS_DATA"])
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as mirror:
        thread = threading.Thread(target=mirror.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        environment = {name: os.environ[name] for name in os.environ if name != "RNN_UTILS_DATA"}
        environment |= {
            "RNN_UTILS_MIRROR": f"http://127.0.0.1:{mirror.server_port}",
            "RNN_UTILS_CACHE": str(tmp_path),
            "no_proxy": "127.0.0.1",
        }
        done = subprocess.run(
            [sys.executable, "-m", "rnn_utils", "data", "fetch", "--all"],
            env=environment,
            capture_output=True,
            text=True,
        )
        mirror.shutdown()
        thread.join()
    assert done.returncode == 0, done.stderr
    expected = {file.path for row in datasets.table() for file in row.files}
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert found == expected
    assert done.stdout.count("in the cache\n") == 14


# The idx format, without files


def idx(*shape: int, kind: int = 8) -> bytes:
    return bytes([0, 0, kind, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)


def test_is_the_last_axis_of_an_idx_file_the_fastest():
    array = parse_idx(idx(2, 3) + bytes(range(6)), "x")
    assert array.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert array.dtype == np.uint8
    assert parse_idx(idx(0), "x").shape == (0,)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"some.idx: expected an idx file, which begins 00 00, got nothing"),
        (b"\x1f\x8b\x08\x00rest", r"begins 00 00, got 1f 8b 08 00"),
        (b"\x00\x00\x08", r"begins 00 00, got 00 00 08"),
        (idx(2, kind=0x0D) + bytes(8), r"expected unsigned bytes \(type 08\), got type 0d"),
        (idx(2, 3)[:9], r"expected 12 bytes of header, got 9: cut short"),
        (idx(2, 3) + bytes(5), r"expected 18 bytes for shape \(2, 3\), got 17: cut short"),
        (idx(2, 3) + bytes(7), r"expected 18 bytes for shape \(2, 3\), got 19: too long"),
    ],
)
def test_does_a_damaged_idx_file_say_what_is_wrong(data, message):
    with pytest.raises(ValueError, match=message):
        parse_idx(data, "some.idx")
