"""Do the loaders of downloaded data sets read the real files as they are?

These tests need the files: RNN_UTILS_DATA names a folder that holds them, <data set>/<file>.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import struct
import subprocess
import sys
import threading
import zipfile
from collections import Counter
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


# Corpora


def sizes(data):
    return [len(part) for part in parts_of(data)]


def shared(data, read) -> list[int]:
    train, valid, test = (set(read(part)) for part in parts_of(data))
    return [len(train & valid), len(train & test), len(valid & test)]


@real
def test_are_sentences_on_films_half_for_and_half_against():
    data = datasets.load("sentence_polarity")
    assert sizes(data) == [8_530, 1_066, 1_066]
    assert shared(data, lambda part: part.inputs) == [0, 0, 0]
    for part in parts_of(data):
        assert part.targets.bincount().tolist() == [len(part) // 2] * 2
    text = "\n".join(sentence for part in parts_of(data) for sentence in part.inputs)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ufffd]|  ", text)
    assert "cliché" in text
    assert " – " in text
    # the words of the file, each as often as there
    with zipfile.ZipFile(io.BytesIO(raw("sentence_polarity/sentence_polarity.zip"))) as archive:
        words = Counter(archive.read("sentence_polarity/rt-polarity.pos").decode().split())
    ours = Counter(
        word
        for part in parts_of(data)
        for sentence, target in zip(part.inputs, part.targets, strict=True)
        if target
        for word in sentence.split()
    )
    differ = (words - ours) + (ours - words)
    assert all(re.search(r"[\x80-\x9f‘’–—‰š]", word) for word in differ)


@real
def test_has_the_sentiment_treebank_its_official_parts():
    data = datasets.load("sst2")
    assert sizes(data) == [6_920, 872, 1_821]
    assert [part.targets.sum().item() for part in parts_of(data)] == [3_610, 444, 909]
    assert shared(data, lambda part: part.inputs) == [0, 2, 0], "as the page on data sets says"
    assert len(set(data.train.inputs)) == 6_920 - 9


@real
def test_are_questions_those_of_the_official_test():
    data, fine = datasets.load("trec"), datasets.load("trec", labels="fine")
    assert sizes(data) == sizes(fine) == [4_832, 539, 500]
    assert shared(data, lambda part: part.inputs) == [0, 0, 0]
    assert data.classes == ("ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM")
    assert data.test.targets.bincount().tolist() == [9, 138, 94, 65, 81, 113]
    assert len(fine.classes) == 50
    for one, other in zip(parts_of(data), parts_of(fine), strict=True):
        assert one.inputs == other.inputs
        kinds = [fine.classes[target].partition(":")[0] for target in other.targets]
        assert kinds == [data.classes[target] for target in one.targets]


@real
@pytest.mark.parametrize("tag", ["upos", "xpos"])
def test_are_english_web_texts_the_words_of_their_files(tag):
    data = datasets.load("ud_ewt", tag=tag)
    assert sizes(data) == [12_544, 2_001, 2_077]
    assert [sum(map(len, part.tokens)) for part in parts_of(data)] == [204_577, 25_147, 25_094]
    assert len(data.tags) == {"upos": 17, "xpos": 49}[tag]
    for part, stem in zip(parts_of(data), ("train", "dev", "test"), strict=True):
        text = raw(f"ud_ewt/en_ewt-ud-{stem}.conllu").decode()
        rows = re.findall(r"^\d+\t([^\t]+)\t[^\t]+\t([^\t]+)\t([^\t]+)\t", text, re.M)
        assert [token for tokens in part.tokens for token in tokens] == [row[0] for row in rows]
        column = {"upos": 1, "xpos": 2}[tag]
        assert [tag for tags in part.tags for tag in tags] == [row[column] for row in rows]


@real
def test_have_new_names_their_official_parts():
    data = datasets.load("wnut17")
    assert sizes(data) == [3_394, 1_009, 1_287]
    assert [sum(map(len, part.tokens)) for part in parts_of(data)] == [62_730, 15_733, 23_394]
    counts = [Counter(tag[:2] for tags in part.tags for tag in tags) for part in parts_of(data)]
    assert [count["B-"] for count in counts] == [1_975, 836, 1_079]
    assert len(data.tags) == 13
    found = [set(_names(part)) for part in parts_of(data)]
    assert sum(name in found[0] for name in _names(data.test)) == 24, "as the page says"


def _names(part):
    for tokens, tags in part:
        for i, tag in enumerate(tags):
            if tag.startswith("B-"):
                end = next((j for j in range(i + 1, len(tags)) if tags[j][:2] != "I-"), len(tags))
                yield " ".join(tokens[i:end]).lower()


@real
def test_are_american_texts_split_by_whole_documents():
    data = datasets.load("masc")
    assert sizes(data) == [29_266, 2_060, 3_104]
    words = [sum(map(len, part.tokens)) for part in parts_of(data)]
    assert sum(words) == 589_236
    assert [round(count / sum(words), 2) for count in words] == [0.83, 0.07, 0.1]
    assert len(data.tags) == 47
    homes = [set(part) for part in parts_of(data)]
    seen = 0
    with zipfile.ZipFile(io.BytesIO(raw("masc_tagged/masc_tagged.zip"))) as archive:
        for path in archive.namelist():
            if path.endswith(".txt") and "categories" not in path:
                lines = archive.read(path).decode().split("\n")
                pairs = [[item.rpartition("_")[::2] for item in line.split()] for line in lines]
                known = [
                    tuple(zip(*pair, strict=True))
                    for pair in pairs
                    if pair and all(w and t in data.tags for w, t in pair)
                ]
                assert any(all(pair in home for pair in known) for home in homes), path
                seen += 1
    assert seen == 392
    long = shared(data, lambda part: [tokens for tokens in part.tokens if len(tokens) > 5])
    assert long == [16, 3, 1], "set phrases, the worst case of the loader's rule"


@real
@pytest.mark.parametrize(("source", "target"), [("en", "de"), ("fr", "en")])
@pytest.mark.parametrize("test", ["2016", "2017"])
def test_are_descriptions_of_pictures_line_by_line_those_of_the_files(source, target, test):
    data = datasets.load("multi30k", source=source, target=target, test=test)
    assert sizes(data) == [29_000, 1_014, 1_000]
    for stem, part in zip(("train", "val", f"test_{test}_flickr"), parts_of(data), strict=True):
        for language, column in ((source, part.sources), (target, part.targets)):
            text = gzip.decompress(raw(f"multi30k/{stem}.{language}.gz")).decode()
            assert "".join(column).replace(" ", "") == re.sub(r"\s", "", text)
    assert all(data.train.sources)
    assert max(shared(data, lambda part: part.sources)) <= 3


@real
def test_are_translations_dealt_out_by_what_they_lead_to():
    data = datasets.load("tatoeba")
    assert sizes(data) == [133_682, 16_554, 16_743]
    assert shared(data, lambda part: part.sources) == [0, 0, 0]
    assert shared(data, lambda part: part.targets) == [0, 0, 0]
    pairs = {pair for part in parts_of(data) for pair in part}
    assert len(pairs) == sum(sizes(data)) == 166_979
    assert len({english for english, _ in pairs}) == 116_830
    assert len({french for _, french in pairs}) == 158_164
    assert ("Go.", "Va !") in pairs
    lengths = [len(source) for source in data.train.sources]
    assert abs(np.mean(lengths[:1_000]) - np.mean(lengths)) < 2, "mixed from the first on"
    back = datasets.load("tatoeba", source="fr", target="en", limit=100)
    assert list(back.train) == [pair[::-1] for pair in data.train[:100]]


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
