"""Characters of Python's own source, each with the kind of token that it belongs to."""

from __future__ import annotations

import hashlib
import io
import keyword
import tokenize
from collections.abc import Iterator

from rnn_utils._errors import expect_one_of
from rnn_utils.datasets._offline import stdlib_sources
from rnn_utils.datasets._types import Tagged, TaggedList

_VALID_MODULES = {"fractions", "pickle", "socketserver", "timeit", "uuid"}
_TEST_MODULES = {"bisect", "difflib", "random", "tempfile", "weakref"}
_LONGEST = 100  # characters

_Tags = list[tuple[str, bool]]  # of each character: the kind of token, whether it is the first


def python_tokens(scheme: str = "plain") -> Tagged:
    """Return lines of standard modules by the character, tagged with the kind of token.

    A line is left out where it can not be tagged from itself alone (it holds a piece of a string
    that goes over several lines), where nothing is to be decided (a comment from end to end), or
    where it is longer than 100 characters. Each line counts once: what stands in a module to
    train on is not tested on. Indentation is taken off.

    `scheme` "plain" gives the kind itself. "bio" gives B- and the kind to the first character of
    a token, I- and the kind to the others, O to the space between tokens.
    """
    expect_one_of("scheme", scheme, ["plain", "bio"])
    parts: dict[str, dict[str, tuple[str, ...]]] = {"train": {}, "valid": {}, "test": {}}
    sources = list(stdlib_sources("python_tokens"))
    seen: set[str] = set()
    for part, modules in (
        ("train", {module for module, _ in sources} - _VALID_MODULES - _TEST_MODULES),
        ("valid", _VALID_MODULES),
        ("test", _TEST_MODULES),
    ):
        for module, source in sources:
            if module not in modules:
                continue
            for line, tags in _lines(source):
                if line not in seen and len(line) <= _LONGEST:
                    parts[part][line] = tuple(_spell(*tag, scheme) for tag in tags)
                    seen.add(line)

    def tagged(part: str) -> TaggedList:
        # The first of a part come from all its modules.
        lines = sorted(parts[part], key=lambda line: hashlib.sha256(line.encode()).digest())
        return TaggedList(tuple(map(tuple, lines)), tuple(parts[part][line] for line in lines))

    train, valid, test = map(tagged, parts)
    kinds = {tag for part in (train, valid, test) for tags in part.tags for tag in set(tags)}
    return Tagged("python_tokens", train, valid, test, tuple(sorted(kinds)))


def _spell(kind: str, first: bool, scheme: str) -> str:
    if scheme == "plain":
        return kind
    if kind == "space":
        return "O"
    return f"{'B' if first else 'I'}-{kind}"


def _lines(source: str) -> Iterator[tuple[str, _Tags]]:
    """Yield the lines that can be tagged from themselves, without indentation, and their tags."""
    lines = source.splitlines()
    tags: list[_Tags] = [[("space", False)] * len(line) for line in lines]
    torn = set()  # lines that hold a piece of a longer token
    for kind, (top, left), (bottom, right) in _tokens(source):
        if top != bottom:
            torn |= set(range(top, bottom + 1))
            continue
        tags[top - 1][left:right] = [(kind, column == left) for column in range(left, right)]
    for number, (line, kinds) in enumerate(zip(lines, tags, strict=True), start=1):
        left = len(line) - len(line.lstrip())
        right = len(line.rstrip())
        if left < right and number not in torn and kinds[left][0] != "comment":
            yield line[left:right], kinds[left:right]


def _tokens(source: str) -> Iterator[tuple[str, tuple[int, int], tuple[int, int]]]:
    """Yield the kind, the start and the end of each token that has characters of its own.

    Python 3.12 takes an f-string apart, 3.11 does not: here it is one string in both.
    """
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    depth = 0  # of f-strings within f-strings
    before = ""
    for i, token in enumerate(tokens):
        name = tokenize.tok_name[token.type]
        if name.endswith("STRING_START"):
            if depth == 0:
                start = token.start
            depth += 1
        elif name.endswith("STRING_END"):
            depth -= 1
            if depth == 0:
                yield "string", start, token.end
        elif depth == 0:
            kind = {"OP": "operator", "NAME": "name"}.get(name, name.lower())
            if kind == "name":
                if keyword.iskeyword(token.string):
                    kind = "keyword"
                elif before in ("def", "class"):
                    kind = "definition"
                elif tokens[i + 1].string == "(":
                    kind = "call"
            if kind in _KINDS:
                yield kind, token.start, token.end
        before = token.string


_KINDS = {"call", "comment", "definition", "keyword", "name", "number", "operator", "string"}
