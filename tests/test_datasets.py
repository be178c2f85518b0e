"""Is the registry complete, and does `load` say what it can not do?"""

from __future__ import annotations

import dataclasses
import re
import typing
from pathlib import Path

import pytest
import torch

from rnn_utils import datasets
from rnn_utils.datasets import Examples, PairList, TaggedList

ROOT = Path(__file__).resolve().parent.parent
ROWS = {row.name: row for row in datasets.table()}
OFFLINE = {
    *("python_manual", "python_stdlib", "surnames", "dates", "number_words", "sunspots", "co2"),
    *("digits", "digit_rows", "adding", "copy_task", "temporal_order"),
    *("language_names", "emoji_names", "python_tokens"),
}
FULL = {
    *("time_machine", "tiny_shakespeare", "ptb", "names", "mnist", "mnist_rows"),
    *("sentence_polarity", "sst2", "trec", "ud_ewt", "wnut17", "masc", "multi30k", "tatoeba"),
}


def test_does_the_registry_hold_every_data_set_once():
    assert len(ROWS) == len(datasets.table())
    assert {name for name, row in ROWS.items() if row.offline} == OFFLINE
    assert {name for name, row in ROWS.items() if not row.offline} == FULL


@pytest.mark.parametrize("name", ROWS)
def test_is_a_row_complete(name):
    row = ROWS[name]
    for field in dataclasses.fields(row):
        if field.type == "str":
            assert getattr(row, field.name).strip(), field.name
    assert row.licence_url.startswith("https://")
    assert re.search(r"\(\d{4}\)|https://|Python Software Foundation|Center", row.citation)
    assert not re.search(r"[|\n]", " ".join(datasets.table().cells()[0])), "breaks a table"


@pytest.mark.parametrize("name", FULL)
def test_is_every_downloaded_file_pinned(name):
    for file in ROWS[name].files:
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        assert file.size > 0
        assert re.fullmatch(r"[a-z_0-9]+/[\w.-]+", file.path)
        for url in file.urls:
            assert url.startswith("https://")
            assert url.endswith(file.path.partition("/")[2])
            pinned = re.search(r"/[0-9a-f]{40}/", url) or "ossci-datasets" in url
            assert pinned, "a branch moves, a commit does not"


def test_do_no_two_files_share_a_hash_or_a_path():
    files = {file for row in ROWS.values() for file in row.files}
    assert len({file.sha256 for file in files}) == len({file.path for file in files}) == len(files)
    assert len(ROWS["names"].files) == 18
    assert ROWS["mnist"].files == ROWS["mnist_rows"].files


_KINDS = ("Text", "Labelled", "Pairs", "Tagged", "Series", "Examples")


def test_do_the_types_that_editors_see_cover_the_registry():
    kinds = {kind: set() for kind in _KINDS}
    for overload in typing.get_overloads(datasets.load):
        if (kind := overload.__annotations__["return"]) in kinds:
            hints = typing.get_type_hints(overload, vars(datasets))
            kinds[kind] |= set(typing.get_args(hints["name"]))
    assert set.union(*kinds.values()) == set(ROWS)
    options = {"adding": (1, 2), "copy_task": (1, 2), "temporal_order": (1, 10)}
    for name in OFFLINE - {"adding", "copy_task", "temporal_order"}:
        assert name in kinds[type(datasets.load(name)).__name__]
    for name, (n, size) in options.items():
        given = {"lag" if name == "copy_task" else "length": size}
        assert name in kinds[type(datasets.load(name, n=n, seed=0, **given)).__name__]


def test_does_an_unknown_name_get_the_known_ones():
    with pytest.raises(ValueError, match=r"name: expected one of .*'sunspots'.*got 'sunspot'"):
        datasets.load("sunspot")
    with pytest.raises(ValueError, match="got 'x'"):
        datasets.info("x")


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("adding", {"n": 3}, r"load\('adding'\): missing a required argument: 'length'"),
        ("co2", {"monthly": True}, r"load\('co2'\): got an unexpected .* 'monthly'"),
        ("co2", {"limit": 3}, r"load\('co2'\): got an unexpected .* 'limit'"),
        ("digits", {"name": "x"}, r"multiple values for argument 'name'"),
        ("mnist", {"files": ()}, r"load\('mnist'\): multiple values for argument 'files'"),
    ],
)
def test_does_a_wrong_option_name_the_data_set(name, options, message):
    with pytest.raises(TypeError, match=message):
        datasets.load(name, **options)


def test_does_limit_shorten_train_alone():
    whole, short = datasets.load("python_manual"), datasets.load("python_manual", limit=1_000)
    assert short.train == whole.train[:1_000]
    assert (short.valid, short.test) == (whole.valid, whole.test)
    names, few = datasets.load("surnames"), datasets.load("surnames", limit=100)
    assert few.train.inputs == names.train.inputs[:100]
    assert torch.equal(few.train.targets, names.train.targets[:100])
    assert len(few.valid) == len(names.valid)
    dates, some = datasets.load("dates"), datasets.load("dates", limit=100)
    assert some.train == dates.train[:100]
    assert (some.valid, some.test) == (dates.valid, dates.test)
    lines, first = datasets.load("python_tokens"), datasets.load("python_tokens", limit=100)
    assert first.train == lines.train[:100]
    assert (first.valid, first.test, first.tags) == (lines.valid, lines.test, lines.tags)
    with pytest.raises(ValueError, match="limit: expected a number above 0, got 0"):
        datasets.load("surnames", limit=0)


def test_do_as_many_targets_as_inputs_make_examples():
    with pytest.raises(ValueError, match=r"targets: expected N = 3 .* got 2"):
        Examples(["a", "b", "c"], torch.tensor([0, 1]))


def test_is_a_list_of_pairs_a_sequence_of_pairs():
    pairs = PairList(("a", "b", "c"), ("A", "B", "C"), ("x", "y", "x"))
    assert list(pairs) == [("a", "A"), ("b", "B"), ("c", "C")]
    assert pairs[-1] == ("c", "C")
    assert pairs[1:] == PairList(("b", "c"), ("B", "C"), ("y", "x"))
    assert ("b", "B") in pairs
    with pytest.raises(ValueError, match=r"targets: expected N = 3, .* got 2"):
        PairList(("a", "b", "c"), ("A", "B"), ("x", "y", "x"))
    with pytest.raises(ValueError, match=r"languages: expected N = 1, .* got 0"):
        PairList(("a",), ("A",), ())


def test_is_a_list_of_tagged_sentences_a_sequence_of_tokens_and_tags():
    sentences = TaggedList((("a", "b"), ("c",), ()), (("x", "y"), ("x",), ()))
    assert list(sentences) == [(("a", "b"), ("x", "y")), (("c",), ("x",)), ((), ())]
    assert sentences[-2] == (("c",), ("x",))
    assert sentences[1:] == TaggedList((("c",), ()), (("x",), ()))
    assert repr(sentences) == "TaggedList(3 sentences, 3 tokens)"
    with pytest.raises(ValueError, match=r"tags: expected N = 2, as many as tokens, got 1"):
        TaggedList((("a",), ("b",)), (("x",),))
    with pytest.raises(ValueError, match=r"tags: expected 2 in sentence 1, .* got 1"):
        TaggedList((("a",), ("b", "c")), (("x",), ("y",)))


def test_do_data_say_what_they_are_in_one_line():
    assert re.fullmatch(
        r"Tagged\('python_tokens', K=9, sentences: train=1\d,\d{3}, valid=.*, test=.*\)",
        repr(datasets.load("python_tokens")),
    )
    assert repr(datasets.load("surnames")) == (
        "Labelled('surnames', K=10, examples: train=2,560, valid=320, test=320)"
    )
    assert repr(datasets.load("surnames").valid) == (
        "Examples(inputs: 320 strings, targets: (320,) int64)"
    )
    assert repr(datasets.load("sunspots")) == (
        "Series('sunspots', T=309, 1700 to 2008, sunspots, period=11)"
    )
    assert repr(datasets.load("number_words")) == (
        "Pairs('number_words', pairs: train=4,000, valid=500, test=500)"
    )
    assert re.fullmatch(
        r"PairList\(500 pairs: '.+' -> '\d{4}-\d\d-\d\d', \.\.\.\)",
        repr(datasets.load("dates").valid),
    )
    assert repr(datasets.load("dates").valid[:0]) == "PairList(0 pairs)"
    assert repr(datasets.load("python_manual")).startswith("Text('python_manual', characters: ")


def test_does_the_table_print_a_line_for_each_data_set():
    lines = repr(datasets.table()).splitlines()
    assert len(lines) == len(ROWS) + 1
    assert [line.split()[0] for line in lines[1:]] == list(ROWS)


def test_does_the_table_show_itself_in_a_notebook():
    shown = datasets.table()._repr_html_()
    assert shown.count("<tr>") == len(ROWS) + 1
    assert "H. G. Wells" in shown
    assert "Python&#x27;s manual" in shown, "text is escaped"


def test_does_info_tell_files_hashes_and_whom_to_cite():
    told = str(datasets.info("ptb"))
    for file in datasets.info("ptb").files:
        assert file.sha256 in told
        assert file.urls[0] in told
    assert "Marcus" in told
    assert "never pass it on" in told


def test_is_the_table_of_the_book_that_of_the_registry():
    page = (ROOT / "book" / "datasets.md").read_text("utf-8")
    between = re.search(r"<!-- the table -->\n\n(.*?)\n<!-- the end -->", page, re.S)
    assert between is not None
    assert between.group(1) == datasets.table().as_markdown(), (
        "paste `print(datasets.table().as_markdown())` between the two marks of book/datasets.md"
    )


def test_does_the_page_cite_everyone_the_registry_cites():
    page = re.sub(r"\s+", " ", (ROOT / "book" / "datasets.md").read_text("utf-8"))
    for row in ROWS.values():
        assert f"`{row.name}`" in page
        assert re.split(r" \(|, http", row.citation)[0] in page, row.citation
