"""Data sets that come with Python or with a package, and need no network."""

from __future__ import annotations

import datetime
import hashlib
import importlib
import sysconfig
import tokenize
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
import torch

from rnn_utils._errors import expect_one_of
from rnn_utils.datasets._parts import by_position, mixed, stratified
from rnn_utils.datasets._types import Examples, Labelled, PairList, Pairs, Series, Text

# Modules of one file each that Python 3.11, 3.12 and 3.13 all have, about 1.5 million characters.
STDLIB = tuple(
    """
argparse ast bisect calendar cmd code configparser contextlib copy csv dataclasses difflib dis
enum fractions functools heapq inspect ipaddress optparse pickle pprint queue random shlex
shutil socketserver statistics string tempfile textwrap threading timeit tokenize traceback
types uuid weakref
""".split()  # noqa: SIM905  forty quoted words are harder to read
)

# Language, Faker's locale, and the list that holds its surnames (the bare `last_names` of et_EE
# also holds Russian ones, that of pl_PL is not Polish at all).
_SURNAMES = (
    ("Croatian", "hr_HR", "last_names"),
    ("Dutch", "nl_NL", "last_names"),
    ("English", "en_GB", "last_names"),
    ("Estonian", "et_EE", "last_names_est"),
    ("Finnish", "fi_FI", "last_names"),
    ("French", "fr_FR", "last_names"),
    ("German", "de_DE", "last_names"),
    ("Italian", "it_IT", "last_names"),
    ("Polish", "pl_PL", "unisex_last_names"),
    ("Spanish", "es_ES", "last_names"),
)
_PER_LANGUAGE = 320

# Languages that write the day before the year and count as the Gregorian calendar does.
_DATES = {
    "Dutch": "nl",
    "English": "en",
    "Finnish": "fi",
    "French": "fr",
    "German": "de",
    "Italian": "it",
    "Polish": "pl",
    "Spanish": "es",
    "Swedish": "sv",
    "Turkish": "tr",
}
_DATE_STYLES = (
    "full",
    "long",
    "medium",
)  # a short one may mean the 3rd of April or the 4th of March
_DATE_SPAN = (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31))
_DATES_PER_LANGUAGE = 500

_NUMBER_LANGUAGES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "nl": "Dutch",
    "sv": "Swedish",
}
# How many numbers of 1, 2, ... 9 digits: all of one and two digits, 5,000 altogether.
_NUMBERS = (10, 90, 400, 750, 750, 750, 750, 750, 750)


def python_manual() -> Text:
    """Return the topics of Python's manual that `help()` shows, in alphabetical order."""
    topics: Mapping[str, str] = importlib.import_module("pydoc_data.topics").topics
    pages = (topics[topic].strip("\n") + "\n" for topic in sorted(topics))
    return Text("python_manual", *by_position("\n".join(pages)))


def python_stdlib() -> Text:
    """Return the source of a fixed list of standard modules, in alphabetical order."""
    sources = [source for _, source in stdlib_sources("python_stdlib")]
    return Text("python_stdlib", *by_position("\n".join(sources)))


def stdlib_sources(name: str) -> Iterator[tuple[str, str]]:
    """Yield each of the standard modules and its source, for a data set of that name."""
    folder = Path(sysconfig.get_path("stdlib"))
    for module in STDLIB:
        path = folder / f"{module}.py"
        if not path.is_file():
            raise FileNotFoundError(
                f"{name}: this Python keeps no source of its standard library: no {path}"
            )
        with tokenize.open(path) as file:
            yield module, file.read()


def surnames() -> Labelled:
    """Return surnames of ten languages, as many of each, none in two languages."""
    names = {
        language: {
            unicodedata.normalize("NFC", name).strip()
            for name in getattr(extra(f"faker.providers.person.{locale}").Provider, attribute)
        }
        for language, locale, attribute in _SURNAMES
    }
    return labelled_names("surnames", own_names("surnames", names, _PER_LANGUAGE, "Faker"))


def own_names(
    dataset: str, names: Mapping[str, Iterable[str]], count: int, package: str
) -> list[tuple[str, str]]:
    """Return (name, language) for as many names of each language, none that two languages have."""
    spellings = {
        language: {name.casefold(): name for name in sorted(known)}  # one spelling of each
        for language, known in names.items()
    }
    languages_of = Counter(folded for known in spellings.values() for folded in known)
    pairs = []
    for language, known in spellings.items():
        candidates = [name for folded, name in known.items() if languages_of[folded] == 1]
        if len(candidates) < count:
            raise RuntimeError(
                f"{dataset}: expected at least {count} {language} names in {package}, "
                f'got {len(candidates)}: pip install --upgrade "rnn-utils[data]"'
            )
        # Which names are kept must say nothing about the order in which `stratified` deals them.
        candidates.sort(key=lambda name: hashlib.sha256(f"keep {name}".encode()).digest())
        pairs += [(name, language) for name in candidates[:count]]
    return pairs


def labelled_names(name: str, pairs: Iterable[tuple[str, str]], *, mix: bool = False) -> Labelled:
    """Split (name, class) pairs so that no name stands in two parts and each class is in all.

    With `mix`, the first of a part hold the classes as all of it does.
    """
    pairs = sorted(set(pairs))
    classes = tuple(sorted({label for _, label in pairs}))
    # A name that is at home in two languages keeps both labels, so the name is what is dealt out.
    homes: dict[str, list[str]] = {}
    for word, label in pairs:
        homes.setdefault(word, []).append(label)
    words = list(homes)
    parts = []
    for chosen in stratified(words, [tuple(homes[word]) for word in words]):
        order = mixed(chosen, words) if mix else chosen
        examples = [(words[i], label) for i in order for label in homes[words[i]]]
        targets = torch.tensor([classes.index(label) for _, label in examples])
        parts.append(Examples([word for word, _ in examples], targets))
    train, valid, test = parts
    return Labelled(name, train, valid, test, classes)


def dates() -> Pairs:
    """Return dates of 1900 to 2099 as ten languages write them, and as ISO 8601 does.

    The days and who writes each of them are the same everywhere; the words are those of the
    CLDR that Babel brings, which changes a comma or an abbreviation now and then.
    """
    write = extra("babel.dates").format_date
    first, last = _DATE_SPAN
    span = range(first.toordinal(), last.toordinal() + 1)
    # Which days are kept, and who writes them, must say nothing about how `stratified` deals them.
    days = sorted(
        (datetime.date.fromordinal(day) for day in span),
        key=lambda day: hashlib.sha256(f"keep {day}".encode()).digest(),
    )[: _DATES_PER_LANGUAGE * len(_DATES)]
    languages = [list(_DATES)[i % len(_DATES)] for i in range(len(days))]
    sources = []
    for i, (day, language) in enumerate(zip(days, languages, strict=True)):
        style = _DATE_STYLES[i // len(_DATES) % len(_DATE_STYLES)]
        sources.append(plain(write(day, format=style, locale=_DATES[language])))
    targets = [day.isoformat() for day in days]
    return dealt_pairs("dates", sources, targets, languages, keys=targets, strata=languages)


def number_words(source: str = "en", target: str = "fr") -> Pairs:
    """Return numbers of one to nine digits, written out in two languages.

    Words stand between single spaces, without the commas and hyphens that some languages write.
    The target "digits" is the number itself, its digits between spaces. The numbers are the
    same everywhere and for all languages; the words are those of num2words.
    """
    expect_one_of("source", source, _NUMBER_LANGUAGES)
    expect_one_of("target", target, [*_NUMBER_LANGUAGES, "digits"])
    write = extra("num2words").num2words
    numbers: list[int] = []
    for length, count in enumerate(_NUMBERS, start=1):
        numbers += _numbers_of(length, count)

    def spell(number: int, language: str) -> str:
        if language == "digits":
            return " ".join(str(number))
        return plain(write(number, lang=language).replace("-", " ").replace(",", " "))

    return dealt_pairs(
        "number_words",
        [spell(number, source) for number in numbers],
        [spell(number, target) for number in numbers],
        [_NUMBER_LANGUAGES[source]] * len(numbers),
        keys=[f"number {number}" for number in numbers],
        strata=[len(str(number)) for number in numbers],
    )


def _numbers_of(length: int, count: int) -> list[int]:
    """Return `count` different numbers with that many digits, drawn by a hash."""
    lowest = 0 if length == 1 else 10 ** (length - 1)
    size = 10**length - lowest
    if count == size:
        return list(range(lowest, 10**length))
    found: dict[int, None] = {}
    draw = 0
    while len(found) < count:
        digest = hashlib.sha256(f"draw {length} {draw}".encode()).digest()
        found[lowest + int.from_bytes(digest[:16], "big") % size] = None
        draw += 1
    return list(found)


def plain(text: str) -> str:
    """Compose accents, and put one plain space in place of every kind of space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def dealt_pairs(
    name: str,
    sources: Sequence[str],
    targets: Sequence[str],
    languages: Sequence[str],
    *,
    keys: Sequence[str],
    strata: Sequence[Hashable],
) -> Pairs:
    """Deal pairs into parts by their keys."""
    parts = []
    for dealt in stratified(keys, strata):
        chosen = mixed(dealt, keys)
        columns = (tuple(column[i] for i in chosen) for column in (sources, targets, languages))
        parts.append(PairList(*columns))
    train, valid, test = parts
    return Pairs(name, train, valid, test)


def sunspots() -> Series:
    """Return the yearly number of sunspots, 1700 to 2008."""
    data = extra("statsmodels.datasets").sunspots.load_pandas().data
    values = data["SUNACTIVITY"].to_numpy(np.float64)
    times = data["YEAR"].to_numpy(np.float64)
    return Series("sunspots", values, times, unit="sunspots", period=11)


def co2() -> Series:
    """Return the monthly mean of carbon dioxide over Mauna Loa, 1958 to 2001."""
    data = extra("statsmodels.datasets").co2.load_pandas().data["co2"].dropna()
    month = 12 * data.index.year.to_numpy() + data.index.month.to_numpy() - 1  # since the year 0
    months = np.arange(month[0], month[-1] + 1)
    total = np.bincount(month - month[0], weights=data.to_numpy(np.float64))
    count = np.bincount(month - month[0])
    known = count > 0
    # Five months have no measurement: a straight line between their neighbours.
    values = np.interp(months, months[known], total[known] / count[known])
    return Series("co2", values, (months + 0.5) / 12, unit="ppm", period=12)


def digits(name: str = "digits") -> Labelled:
    """Return 1,797 handwritten digits of 8 x 8 pixels in [0, 1]; `digit_rows` reads them by row."""
    bunch = extra("sklearn.datasets").load_digits()
    inputs = torch.tensor(bunch.images / 16.0, dtype=torch.float32)  # (N, 8, 8)
    targets = torch.tensor(bunch.target, dtype=torch.int64)
    keys = [f"digit {i}" for i in range(len(targets))]
    train, valid, test = (
        Examples(inputs[i], targets[i]) for i in stratified(keys, targets.tolist())
    )
    return Labelled(name, train, valid, test, classes=tuple("0123456789"))


def digit_rows() -> Labelled:
    """Return `digits` as sequences of T = 8 rows with D = 8 features."""
    return digits("digit_rows")


_PACKAGES = {"babel": "Babel", "faker": "Faker", "sklearn": "scikit-learn"}


def extra(module: str) -> ModuleType:
    """Import a module of the extra `data`, or say how to install it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = _PACKAGES.get(root := module.partition(".")[0], root)
        raise ModuleNotFoundError(
            f'this data set comes with {package}, which is not here: pip install "rnn-utils[data]"',
            name=error.name,
        ) from error
