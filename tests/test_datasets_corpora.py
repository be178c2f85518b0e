"""Do the loaders of corpora read what the formats allow, and refuse what they do not?"""

from __future__ import annotations

import gzip
import hashlib
import io
import itertools
import re
import zipfile

import pytest

from rnn_utils import datasets
from rnn_utils.datasets import DataError, _corpora
from rnn_utils.datasets._corpora import _groups

NAMES = ("sentence_polarity", "sst2", "trec", "ud_ewt", "wnut17", "masc", "multi30k", "tatoeba")


def parts_of(data):
    return data.train, data.valid, data.test


def zipped(**members: bytes | str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in members.items():
            archive.writestr(path, content)
    return out.getvalue()


@pytest.fixture
def files(monkeypatch):
    """Bytes by the name of the file, instead of the data root, the cache and the network."""
    content: dict[str, bytes] = {}
    monkeypatch.setattr(_corpora, "read", lambda file: content[file.path.rpartition("/")[2]])
    return content


# Sentences with a class


def polarity(negative: bytes, positive: bytes) -> bytes:
    paths = (f"sentence_polarity/rt-polarity.{half}" for half in ("neg", "pos"))
    return zipped(**dict(zip(paths, (negative, positive), strict=True)))


def test_are_sentences_of_both_kinds_dealt_out_once(files):
    lines = [[f"{kind} number {i}  caf\u00e9 .  " for i in range(40)] for kind in ("bad", "good")]
    lines[0] += lines[0][:7]
    files["sentence_polarity.zip"] = polarity(*("\n".join(half).encode() for half in lines))
    data = datasets.load("sentence_polarity")
    assert data.classes == ("negative", "positive")
    for part, count in zip(parts_of(data), (32, 4, 4), strict=True):
        assert part.targets.bincount().tolist() == [count, count]
        for sentence, target in zip(part.inputs, part.targets, strict=True):
            assert re.fullmatch(r"(bad|good) number \d+ café \.", sentence)
            assert sentence.startswith(("bad", "good")[target])
    assert len({s for part in parts_of(data) for s in part.inputs}) == 80
    assert 4 < data.train.targets[:20].sum() < 16, "mixed from the first on"


def test_is_a_lost_dash_found_again(files):
    files["sentence_polarity.zip"] = polarity("a \x96 b \x92s".encode(), b"c")
    data = datasets.load("sentence_polarity")
    assert "a – b ’s" in data.train.inputs


def test_are_sentences_of_the_treebank_left_in_their_parts(files):
    files["stsa.binary.train"] = "1 good caf\u00e9\u00a0!\n0 bad\n0 bad\n".encode()
    files["stsa.binary.dev"], files["stsa.binary.test"] = b"0 one 1 two", b"1 x\n0 y\n"
    data = datasets.load("sst2")
    assert [list(part.inputs) for part in parts_of(data)] == [
        ["good café !", "bad", "bad"],
        ["one 1 two"],
        ["x", "y"],
    ]
    assert [part.targets.tolist() for part in parts_of(data)] == [[1, 0, 0], [0], [1, 0]]


def test_does_a_question_count_once_and_never_in_two_parts(files):
    lines = [f"NUM:date When {i} ?" for i in range(20)] + [f"HUM:ind Who {i} ?" for i in range(20)]
    lines += ["HUM:gr Who 3 ?", "NUM:date When  4 ?", "LOC:other Tested ?"]
    files["TREC.train"] = "\n".join(lines).encode() + b"\nENTY:sport sister\xf0city ?"
    files["TREC.test"] = b"LOC:city Tested ?\n"
    data = datasets.load("trec")
    assert data.classes == ("ENTY", "HUM", "LOC", "NUM")
    assert [len(part) for part in parts_of(data)] == [37, 4, 1]
    assert data.valid.targets.tolist().count(1) == 2
    questions = [question for part in parts_of(data) for question in part.inputs]
    assert len(set(questions)) == 42
    assert "sister\u00f0city ?" in questions
    fine = datasets.load("trec", labels="fine")
    assert fine.classes == ("ENTY:sport", "HUM:ind", "LOC:city", "NUM:date")
    assert [fine.train.inputs, fine.valid.inputs] == [data.train.inputs, data.valid.inputs]
    with pytest.raises(ValueError, match=r"labels: expected one of .*'fine'.* got 'both'"):
        datasets.load("trec", labels="both")


# Tagged sentences

CONLLU = """# sent_id = 1
# text = I don't.
1\tI\ti\tPRON\tPRP\t_\t2\t_\t_\t_
2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\t_
2\tdo\tdo\tAUX\tVBP\t_\t0\t_\t_\t_
3\tn't\tnot\tPART\tRB\t_\t2\t_\t_\t_
3.1\tgo\tgo\tVERB\tVB\t_\t_\t_\t_\t_
4\t.\t.\tPUNCT\t.\t_\t2\t_\t_\t_


#sent_id = 2
1\tGo\tgo\tVERB\tVB\t_\t0\t_\t_\t_\r
"""


def test_are_ranges_comments_and_empty_nodes_no_words(files):
    for part in ("train", "dev", "test"):
        files[f"en_ewt-ud-{part}.conllu"] = CONLLU.encode()
    data = datasets.load("ud_ewt")
    assert data.train.tokens == (("I", "do", "n't", "."), ("Go",))
    assert data.train.tags == (("PRON", "AUX", "PART", "PUNCT"), ("VERB",))
    assert data.tags == ("AUX", "PART", "PRON", "PUNCT", "VERB")
    assert datasets.load("ud_ewt", tag="xpos").test.tags == (("PRP", "VBP", "RB", "."), ("VB",))
    assert len(datasets.load("ud_ewt", limit=1).train) == 1
    with pytest.raises(ValueError, match=r"tag: expected one of .*'xpos'.* got 'pos'"):
        datasets.load("ud_ewt", tag="pos")


def test_does_a_line_with_a_tab_alone_end_a_sentence(files):
    files["wnut17train.conll"] = b"a\tO\n\t\nSt.\tB-location\nJohn\tI-location\n\n\n"
    files["emerging.dev.conll"] = "😂\tO".encode()
    files["emerging.test.annotated"] = b"\n\nb\tO\r\nc\tB-group\r\n\r\nd\tO\r\n"
    data = datasets.load("wnut17")
    assert data.train.tokens == (("a",), ("St.", "John"))
    assert data.train.tags == (("O",), ("B-location", "I-location"))
    assert data.valid.tokens == (("😂",),)
    assert data.test.tokens == (("b", "c"), ("d",))
    assert data.tags == ("B-group", "B-location", "I-location", "O")


def masc(documents: dict[str, str], listed: str = "") -> bytes:
    return zipped(
        **{"masc_tagged/": b"", "masc_tagged/categories.txt": listed},
        **{f"masc_tagged/{name}.txt": text for name, text in documents.items()},
    )


def test_are_texts_dealt_out_whole_by_kind(files):
    documents = {
        f"{kind}/{i}": f"\n\n{kind}{i}_NN is_VBZ \nshort_JJ\n\n"
        for kind, count in (("w", 40), ("s", 20))
        for i in range(count)
    }
    listed = "".join(f"{name}.txt {name[0]}kind\n" for name in documents)
    files["masc_tagged.zip"] = masc(documents, listed)
    data = datasets.load("masc")
    assert data.tags == ("JJ", "NN", "VBZ")
    firsts = [[tokens[0] for tokens in part.tokens if len(tokens) == 2] for part in parts_of(data)]
    assert [[f[0] for f in part].count("w") for part in firsts] == [32, 4, 4]
    assert [[f[0] for f in part].count("s") for part in firsts] == [16, 2, 2]
    assert all(
        len(part) == 2 * len(first) for part, first in zip(parts_of(data), firsts, strict=True)
    )


def test_do_texts_that_quote_one_another_stay_together(files):
    shared = "".join(f"{word}_NN b_NN c_NN d_NN e_NN f_NN\n" for word in ("x", "y", "z"))
    documents = {f"w/{i:02d}": f"own{i}_NN\n" * 4 + shared * (i >= 10) for i in range(20)}
    files["masc_tagged.zip"] = masc(documents)
    data = datasets.load("masc")
    holding = [any("x" in tokens for tokens in part.tokens) for part in parts_of(data)]
    assert holding.count(True) == 1


def test_do_two_sentences_in_common_bind_no_texts_together(files):
    shared = "".join(f"{word}_NN b_NN c_NN d_NN e_NN f_NN\n" for word in ("x", "y"))
    files["masc_tagged.zip"] = masc({f"w/{i:02d}": f"own{i}_NN\n" + shared for i in range(20)})
    data = datasets.load("masc")
    assert all(any("x" in tokens for tokens in part.tokens) for part in parts_of(data))


@pytest.mark.parametrize("item", ["word", "_NN", "a_b", "J. M._NNP", "x_VBG|NN", "x_"])
def test_is_a_sentence_with_an_odd_item_left_out(files, item):
    files["masc_tagged.zip"] = masc({"w/a": f"one_CD {item} two_CD\na_b_NN ._.\n"})
    data = datasets.load("masc")
    sentences = [pair for part in parts_of(data) for pair in part]
    assert sentences == [(("a_b", "."), ("NN", "."))]


# Pairs


def test_are_pictures_described_in_the_two_languages_asked_for(files):
    for part, count in (("train", 3), ("val", 2), ("test_2016_flickr", 2), ("test_2017_flickr", 1)):
        for language in ("en", "de", "fr"):
            text = "".join(f"{part}\u00a0{language}  {i} .\n" for i in range(count))
            files[f"{part}.{language}.gz"] = gzip.compress(text.encode())
    data = datasets.load("multi30k")
    assert data.train[2] == ("train en 2 .", "train de 2 .")
    assert [len(part) for part in parts_of(data)] == [3, 2, 2]
    assert data.valid.languages == ("English", "English")
    other = datasets.load("multi30k", source="fr", target="en", test="2017", limit=1)
    assert list(other.test) == [("test_2017_flickr fr 0 .", "test_2017_flickr en 0 .")]
    assert len(other.train) == 1
    del files["train.fr.gz"], files["test_2017_flickr.de.gz"]
    assert datasets.load("multi30k") == data, "what is not asked for is not read"


TATOEBA = "".join(
    [
        *(f"Word {i}.\tMot {i} !\r\n" for i in range(40)),
        "Run!\tCours\u202f!\r\nRun!\tCourez\u202f!\r\nHurry\u00ad!\tCourez\u200b !\r\n\r\n",
        "Run!\tCours\u202f!\tCC-BY 2.0 (France)\r\n",
    ]
)


def test_does_no_sentence_of_either_language_stand_in_two_parts(files):
    files["fra-eng.zip"] = zipped(**{"__MACOSX/x": b"", "fra-eng/fra.txt": TATOEBA})
    data = datasets.load("tatoeba")
    pairs = [pair for part in parts_of(data) for pair in part]
    assert len(pairs) == len(set(pairs)) == 43
    assert {("Run!", "Cours !"), ("Run!", "Courez !"), ("Hurry!", "Courez !")} <= set(pairs)
    assert [part.sources.count("Run!") for part in parts_of(data)].count(2) == 1
    for side in ("sources", "targets"):
        train, valid, test = (set(getattr(part, side)) for part in parts_of(data))
        assert not train & valid | train & test | valid & test
    back = datasets.load("tatoeba", source="fr", target="en")
    assert back.train.sources == data.train.targets
    assert back.train.targets == data.train.sources
    assert set(back.train.languages) == {"French"}


def test_are_translations_of_one_sentence_mixed_among_the_others(files):
    text = "".join(f"Word {i}.\tMot {i} {j}.\n" for i in range(40) for j in range(5))
    files["fra-eng.zip"] = zipped(**{"fra-eng/fra.txt": text})
    sources = datasets.load("tatoeba").train.sources
    assert len(sources) == 160
    assert sum(a == b for a, b in itertools.pairwise(sources)) < 16


def test_do_ties_make_groups_whatever_their_order():
    ties = [("b", "c"), ("d", "e"), ("c", "d"), ("x", "y"), ("e", "b")]
    expected = {"a": "a", **dict.fromkeys("bcde", "b"), "x": "x", "y": "x"}
    for order in (ties, ties[::-1], [(b, a) for a, b in ties]):
        assert _groups(["a", "x"], order) == expected


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("multi30k", {"source": "es"}, r"source: expected one of .*'fr'.* got 'es'"),
        ("multi30k", {"target": "en"}, r"target: expected another language than .* got 'en'"),
        ("multi30k", {"test": 2016}, r"test: expected one of .*'2017'.* got 2016"),
        ("tatoeba", {"target": "de"}, r"target: expected one of 'en', 'fr'.* got 'de'"),
        ("tatoeba", {"source": "fr"}, r"target: expected another language than .* got 'fr'"),
    ],
)
def test_does_a_wrong_language_name_its_argument(name, options, message):
    with pytest.raises(ValueError, match=message):
        datasets.load(name, **options)


# What is not as it should be


@pytest.mark.parametrize("name", NAMES)
def test_are_bytes_that_are_none_of_it_an_error_that_names_the_file(files, name):
    row = datasets.info(name)
    for file in row.files:
        files[file.path.rpartition("/")[2]] = b"\xff\xfe\x00 no such thing \x81"
    with pytest.raises(DataError, match=rf"{re.escape(row.files[0].path)}: expected "):
        datasets.load(name)


@pytest.mark.parametrize("name", ["sentence_polarity", "masc", "tatoeba", "multi30k"])
def test_is_an_archive_that_is_cut_short_an_error_that_names_it(files, name):
    row = datasets.info(name)
    whole = {
        "sentence_polarity.zip": polarity(b"a long line of words " * 99, b"b"),
        "masc_tagged.zip": masc({"w/a": "one_CD\n" * 99}),
        "fra-eng.zip": zipped(**{"fra-eng/fra.txt": TATOEBA}),
    }
    for file in row.files:
        key = file.path.rpartition("/")[2]
        content = whole.get(key) or gzip.compress(hashlib.sha256(b"x").hexdigest().encode() * 9)
        files[key] = content[: len(content) // 2]
    with pytest.raises(DataError, match=rf"{re.escape(row.files[0].path)}: expected a (zip|gzip)"):
        datasets.load(name)


@pytest.mark.parametrize("name", ["sentence_polarity", "masc", "tatoeba"])
def test_is_an_archive_of_something_else_an_error_that_says_what_is_missing(files, name):
    (file,) = datasets.info(name).files
    files[file.path.rpartition("/")[2]] = zipped(**{"other.txt": b"x"})
    with pytest.raises(DataError, match=rf"{re.escape(file.path)}: expected .*\.(neg|txt).* in it"):
        datasets.load(name)


@pytest.mark.parametrize("name", ["sentence_polarity", "masc", "tatoeba", "multi30k"])
def test_is_an_archive_that_would_fill_the_memory_refused(files, monkeypatch, name):
    monkeypatch.setattr(_corpora, "_LARGEST", 1_000)
    zeros = b"0 1\t2" * 1_000
    content = {
        "sentence_polarity": polarity(zeros, zeros),
        "masc": masc({"w/a": zeros.decode()}),
        "tatoeba": zipped(**{"fra-eng/fra.txt": zeros}),
        "multi30k": gzip.compress(zeros),
    }[name]
    for file in datasets.info(name).files:
        files[file.path.rpartition("/")[2]] = content
    with pytest.raises(DataError, match=r"expected at most 1,000 bytes, got"):
        datasets.load(name)


@pytest.mark.parametrize(
    ("name", "file", "line", "message"),
    [
        ("sst2", "stsa.binary.train", "2 so so", "expected 0 or 1, a space and a sentence"),
        ("sst2", "stsa.binary.train", "1", "expected 0 or 1, a space and a sentence"),
        ("trec", "TREC.train", "NUM How ?", "expected kind:detail, a space and a question"),
        ("trec", "TREC.train", "NUM:date", "expected kind:detail, a space and a question"),
        ("ud_ewt", "en_ewt-ud-train.conllu", "1\tI\ti\tPRON", "expected 10 columns between tabs"),
        ("wnut17", "wnut17train.conll", "word O", "expected a token, a tab, and O, B-... or I-"),
        ("wnut17", "wnut17train.conll", "word\tB", "expected a token, a tab, and O, B-... or I-"),
        ("wnut17", "wnut17train.conll", "\tO", "expected a token, a tab, and O, B-... or I-"),
    ],
)
def test_does_an_odd_line_name_its_file_and_its_number(files, name, file, line, message):
    good = {"sst2": "1 x", "trec": "NUM:date When ?", "ud_ewt": "# y", "wnut17": "x\tO"}[name]
    for other in datasets.info(name).files:
        files[other.path.rpartition("/")[2]] = good.encode()
    files[file] = f"{good}\n{line}\n".encode()
    with pytest.raises(
        DataError, match=rf"/{re.escape(file)}: {re.escape(message)}.* in line 2, got"
    ):
        datasets.load(name)


def test_do_other_faults_of_a_file_say_what_was_expected(files):
    files["fra-eng.zip"] = zipped(**{"fra-eng/fra.txt": "Go.\tVa !\nGo.\n"})
    with pytest.raises(DataError, match=r"fra-eng/fra.txt: expected an English .* in line 2"):
        datasets.load("tatoeba")
    files["sentence_polarity.zip"] = polarity(b"a\nb", b"c\n b ")
    with pytest.raises(DataError, match=r"rt-polarity.pos: expected no sentence in both .* 'b'"):
        datasets.load("sentence_polarity")
    files["masc_tagged.zip"] = masc({})
    with pytest.raises(DataError, match=r"masc_tagged.zip: expected documents"):
        datasets.load("masc")
    for part in ("train", "val", "test_2016_flickr"):
        for language in ("en", "de"):
            text = "one\ntwo\n" if (part, language) != ("val", "de") else "eins\n"
            files[f"{part}.{language}.gz"] = gzip.compress(text.encode())
    with pytest.raises(DataError, match=r"val.de.gz: expected 2 lines, .* of val.en.gz, got 1"):
        datasets.load("multi30k")
