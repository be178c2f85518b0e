"""Corpora that are downloaded, or read from the data root: sentences, tagged sentences, pairs."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import PurePosixPath

import torch

from rnn_utils._errors import expect_one_of
from rnn_utils.datasets._files import DataError, File, read
from rnn_utils.datasets._parts import mixed, stratified
from rnn_utils.datasets._types import Examples, Labelled, PairList, Pairs, Tagged, TaggedList

_LARGEST = 1 << 28  # bytes that one compressed file may become
_LANGUAGES = {"en": "English", "de": "German", "fr": "French"}
_SENTIMENTS = ("negative", "positive")
_Sentence = tuple[tuple[str, ...], tuple[str, ...]]  # tokens, tags


# Sentences with a class


def sentence_polarity(files: tuple[File, ...]) -> Labelled:
    """Return single sentences of film reviews, half of them for the film and half against it.

    There is no official split: 80 %, 10 % and 10 % of each class.
    """
    folder = _unzip(
        files[0], "sentence_polarity/rt-polarity.neg", "sentence_polarity/rt-polarity.pos"
    )
    label_of: dict[str, int] = {}
    for label, (path, data) in enumerate(folder.items()):
        for line in _lines(_decode(data, path)):
            # What was Windows' dash became a control character on the way.
            sentence = _plain("".join(map(_as_windows_meant, line)))
            if label_of.setdefault(sentence, label) != label:
                raise DataError(f"{path}: expected no sentence in both classes, got {sentence!r}")
    sentences = list(label_of)
    parts = stratified(sentences, list(label_of.values()))
    return _labelled(
        "sentence_polarity",
        [[(sentences[i], label_of[sentences[i]]) for i in mixed(p, sentences)] for p in parts],
        _SENTIMENTS,
    )


def sst2(files: tuple[File, ...]) -> Labelled:
    """Return the sentences of the Stanford Sentiment Treebank in their official parts.

    Those that are neither for nor against are left out, as everybody does.
    """
    parts = []
    for file in files:
        examples = []
        for number, line in enumerate(_lines(_decode(read(file), file.path)), start=1):
            label, _, sentence = line.partition(" ")
            if label not in ("0", "1") or not sentence.strip():
                raise _bad_line(file.path, number, "0 or 1, a space and a sentence", line)
            examples.append((_plain(sentence), int(label)))
        parts.append(examples)
    return _labelled("sst2", parts, _SENTIMENTS)


def trec(files: tuple[File, ...], labels: str = "coarse") -> Labelled:
    """Return questions and what they ask for: one of 6 kinds, or of 50 with labels="fine".

    The test part is the official one. A question counts once, one that stands in the test is not
    trained on, and a tenth of the others is the validation part.
    """
    expect_one_of("labels", labels, ["coarse", "fine"])
    parts: list[dict[str, str]] = []
    for file in files:
        questions: dict[str, str] = {}
        # One byte of the training part is no UTF-8.
        for number, line in enumerate(_lines(_decode(read(file), file.path, "latin-1")), start=1):
            label, _, question = line.partition(" ")
            if label.count(":") != 1 or not question.strip():
                raise _bad_line(file.path, number, "kind:detail, a space and a question", line)
            questions.setdefault(_plain(question), label)
        parts.append(questions)
    known, test = parts
    train = {question: label for question, label in known.items() if question not in test}
    questions_ = list(train)
    dealt, valid, more = stratified(questions_, list(train.values()))
    rows = [
        [(questions_[i], train[questions_[i]]) for i in mixed(dealt + more, questions_)],
        [(questions_[i], train[questions_[i]]) for i in mixed(valid, questions_)],
        list(test.items()),
    ]
    if labels == "coarse":
        rows = [[(question, label.partition(":")[0]) for question, label in part] for part in rows]
    classes = tuple(sorted({label for part in rows for _, label in part}))
    return _labelled(
        "trec", [[(text, classes.index(label)) for text, label in part] for part in rows], classes
    )


def _labelled(
    name: str, parts: Sequence[Sequence[tuple[str, int]]], classes: tuple[str, ...]
) -> Labelled:
    train, valid, test = (
        Examples([text for text, _ in part], torch.tensor([label for _, label in part]))
        for part in parts
    )
    return Labelled(name, train, valid, test, classes)


# Tagged sentences


def ud_ewt(files: tuple[File, ...], tag: str = "upos") -> Tagged:
    """Return English web texts in their official parts, each word with its part of speech.

    `tag` "upos" gives the 17 of Universal Dependencies, "xpos" the 49 of the Penn Treebank's
    kind. A word such as don't stands as do n't.
    """
    expect_one_of("tag", tag, ["upos", "xpos"])
    column = {"upos": 3, "xpos": 4}[tag]

    def sentences(path: str, text: str) -> Iterator[_Sentence]:
        for block in _blocks(text):
            rows = []
            for number, line in block:
                if line.startswith("#"):
                    continue
                cells = line.split("\t")
                if len(cells) != 10:
                    raise _bad_line(path, number, "10 columns between tabs", line)
                if cells[0].isdecimal():  # not 3-4, several words as written, nor 3.1, one not said
                    rows.append((cells[1], cells[column]))
            yield _sentence(rows)

    return _tagged(
        "ud_ewt", [sentences(file.path, _decode(read(file), file.path)) for file in files]
    )


def wnut17(files: tuple[File, ...]) -> Tagged:
    """Return short texts of the web in their official parts, rare names of six kinds as B-, I-."""

    def sentences(path: str, text: str) -> Iterator[_Sentence]:
        for block in _blocks(text):
            rows = []
            for number, line in block:
                token, tab, tag = line.partition("\t")
                if not token or not tab or not (tag == "O" or tag[:2] in ("B-", "I-")):
                    raise _bad_line(path, number, "a token, a tab, and O, B-... or I-...", line)
                rows.append((token, tag))
            yield _sentence(rows)

    return _tagged(
        "wnut17", [sentences(file.path, _decode(read(file), file.path)) for file in files]
    )


# The tags of the Penn Treebank, and two signs that this corpus has beside them.
_PENN = frozenset(
    """
CC CD DT EX FW IN JJ JJR JJS LS MD NN NNS NNP NNPS PDT POS PRP PRP$ RB RBR RBS RP SYM TO UH
VB VBD VBG VBN VBP VBZ WDT WP WP$ WRB # $ . , : ( ) `` '' - ...
""".split()  # noqa: SIM905  forty quoted words are harder to read
)


def masc(files: tuple[File, ...]) -> Tagged:
    """Return American English of twenty kinds, each word with its part of speech.

    There is no official split: about 80 %, 10 % and 10 % of the words of each kind of text, by
    whole documents. Documents that quote one another stay together. A sentence that holds an
    item without a word, or without a tag of the Penn Treebank, is left out.
    """
    archive = _unzip(files[0])
    listed = "masc_tagged/categories.txt"
    if listed not in archive:
        raise DataError(f"{files[0].path}: expected {listed} in it")
    genre_of = dict(line.split()[:2] for line in _lines(_decode(archive.pop(listed), listed)))
    documents: dict[str, list[_Sentence]] = {}
    for path, data in sorted(archive.items()):
        if not path.endswith(".txt"):
            continue
        documents[path.partition("/")[2]] = found = []
        for line in _lines(_decode(data, path)):
            items = [item.rpartition("_") for item in line.split()]
            if all(word and tag in _PENN for word, _, tag in items):
                found.append(_sentence([(word, tag) for word, _, tag in items]))
    if not documents:
        raise DataError(f"{files[0].path}: expected documents, .txt files, in it")
    group_of = _groups(documents, _quoting(documents))
    groups: dict[str, list[str]] = defaultdict(list)
    for name, group in group_of.items():
        groups[group].append(name)
    genres: dict[str, list[str]] = defaultdict(list)
    for group in groups:
        genres[genre_of.get(group, "other")].append(group)
    parts: tuple[list[str], ...] = ([], [], [])
    for members in genres.values():
        sizes = {g: sum(len(s[0]) for name in groups[g] for s in documents[name]) for g in members}
        before, total = 0, sum(sizes.values())
        for group in sorted(members, key=lambda g: hashlib.sha256(g.encode()).digest()):
            middle = (before + sizes[group] / 2) / total
            parts[1 if middle < 0.1 else 2 if middle < 0.2 else 0].extend(groups[group])
            before += sizes[group]
    return _tagged(
        "masc", [(s for name in sorted(part) for s in documents[name]) for part in parts]
    )


def _quoting(documents: dict[str, list[_Sentence]]) -> Iterator[tuple[str, str]]:
    """Yield pairs of documents that share three or more sentences of over five tokens."""
    where: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for name, sentences in documents.items():
        for tokens, _ in sentences:
            if len(tokens) > 5:
                where[tokens].add(name)
    shared = Counter(pair for names in where.values() for pair in combinations(sorted(names), 2))
    return (pair for pair, count in shared.items() if count >= 3)


def _sentence(rows: Sequence[tuple[str, str]]) -> _Sentence:
    return tuple(token for token, _ in rows), tuple(tag for _, tag in rows)


def _blocks(text: str) -> Iterator[list[tuple[int, str]]]:
    """Yield the numbered lines between blank lines."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            block.append((number, line.rstrip("\r")))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _tagged(name: str, parts: Sequence[Iterable[_Sentence]]) -> Tagged:
    lists = []
    for part in parts:
        sentences = [(tokens, tags) for tokens, tags in part if tokens]
        lists.append(TaggedList(tuple(t for t, _ in sentences), tuple(t for _, t in sentences)))
    train, valid, test = lists
    tags = {tag for part in lists for sentence in part.tags for tag in sentence}
    return Tagged(name, train, valid, test, tuple(sorted(tags)))


# Pairs of sentences


def multi30k(
    files: tuple[File, ...], source: str = "en", target: str = "de", test: str = "2016"
) -> Pairs:
    """Return descriptions of pictures in two of English, German and French, in official parts."""
    _expect_two("source", source, "target", target)
    expect_one_of("test", test, ["2016", "2017"])
    by_name = {PurePosixPath(file.path).name: file for file in files}
    parts = []
    for stem in ("train", "val", f"test_{test}_flickr"):
        columns = []
        for language in (source, target):
            file = by_name[f"{stem}.{language}.gz"]
            lines = _decode(_gunzip(file), file.path).removesuffix("\n").split("\n")
            columns.append(tuple(map(_plain, lines)))
        if len(columns[0]) != len(columns[1]):
            raise DataError(
                f"{file.path}: expected {len(columns[0])} lines, one for each of "
                f"{stem}.{source}.gz, got {len(columns[1])}"
            )
        names = (_LANGUAGES[source],) * len(columns[0])
        parts.append(PairList(columns[0], columns[1], names))
    return Pairs("multi30k", *parts)


def tatoeba(files: tuple[File, ...], source: str = "en", target: str = "fr") -> Pairs:
    """Return short English and French sentences that learners have translated.

    There is no official split: 80 %, 10 % and 10 %. A sentence has up to dozens of translations,
    and what can be reached by translating there and back stays in one part, so no sentence
    of either language stands in two.
    """
    _expect_two("source", source, "target", target, ("en", "fr"))
    path = "fra-eng/fra.txt"
    text = _decode(_unzip(files[0], path)[path], path)
    pairs: dict[tuple[str, str], None] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        cells = [_plain(cell.translate(_UNSEEN)) for cell in line.split("\t")]
        if len(cells) < 2 or not cells[0] or not cells[1]:
            raise _bad_line(path, number, "an English sentence, a tab and a French one", line)
        pairs[cells[0], cells[1]] = None
    english, french = (f"en {e}" for e, _ in pairs), (f"fr {f}" for _, f in pairs)
    group_of = _groups((), zip(english, french, strict=True))
    members: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for pair in pairs:
        members[group_of[f"en {pair[0]}"]].append(pair)
    keys = list(members)
    parts = []
    for dealt in stratified(keys, [0] * len(keys)):
        chosen = [pair for i in dealt for pair in members[keys[i]]]
        # Translations of one sentence do not follow one another.
        order = mixed(range(len(chosen)), ["\t".join(pair) for pair in chosen])
        columns = list(zip(*(chosen[i] for i in order), strict=True)) or [(), ()]
        if source == "fr":
            columns.reverse()
        parts.append(PairList(columns[0], columns[1], (_LANGUAGES[source],) * len(order)))
    return Pairs("tatoeba", *parts)


_UNSEEN = {0xAD: None, 0x200B: None}  # a place to hyphenate, a space of no width


def _expect_two(
    one: str, first: str, other: str, second: str, known: Sequence[str] = ("en", "de", "fr")
) -> None:
    expect_one_of(one, first, known)
    expect_one_of(other, second, known)
    if first == second:
        raise ValueError(f"{other}: expected another language than the {one}, got {second!r}")


# Bytes and lines


def _groups(names: Iterable[str], ties: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return for each name the first, in alphabetical order, that ties lead to from it."""
    parent = {name: name for name in names}

    def first(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for a, b in ties:
        low, high = sorted((first(parent.setdefault(a, a)), first(parent.setdefault(b, b))))
        parent[high] = low
    return {name: first(name) for name in parent}


def _unzip(file: File, *wanted: str) -> dict[str, bytes]:
    """Return the wanted members of a zip archive, or all, without touching the disk."""
    try:
        with zipfile.ZipFile(io.BytesIO(read(file))) as archive:
            known = {member.filename: member for member in archive.infolist()}
            if missing := [path for path in wanted if path not in known]:
                raise DataError(f"{file.path}: expected {', '.join(missing)} in it")
            chosen = [known[path] for path in wanted or known]
            size = sum(member.file_size for member in chosen)
            if size > _LARGEST:
                raise DataError(f"{file.path}: expected at most {_LARGEST:,} bytes, got {size:,}")
            return {m.filename: archive.read(m) for m in chosen if not m.is_dir()}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{file.path}: expected a zip archive: {error}") from error


def _gunzip(file: File) -> bytes:
    try:
        with gzip.open(io.BytesIO(read(file))) as stream:
            data = stream.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{file.path}: expected a gzip file: {error}") from error
    if len(data) > _LARGEST:
        raise DataError(f"{file.path}: expected at most {_LARGEST:,} bytes, got more")
    return data


def _decode(data: bytes, path: str, encoding: str = "utf-8") -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: expected {encoding.upper()}, got the byte {data[error.start]:02x} "
            f"at position {error.start:,}"
        ) from error


def _lines(text: str) -> list[str]:
    """Return the lines that are not blank; only a line feed ends one."""
    return [line for line in text.split("\n") if line.strip()]


def _plain(text: str) -> str:
    """Put one plain space in place of every kind of space."""
    return " ".join(text.split())


def _as_windows_meant(character: str) -> str:
    if "\x80" <= character <= "\x9f":
        return character.encode("latin-1").decode("cp1252", errors="replace")
    return character


def _bad_line(path: str, number: int, expected: str, came: str) -> DataError:
    return DataError(f"{path}: expected {expected} in line {number}, got {came[:60]!r}")
