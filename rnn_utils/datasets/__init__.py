"""Every data set of the course: its registry, its loaders, its download."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any, Literal, overload

from rnn_utils._errors import expect_one_of, expect_positive
from rnn_utils.datasets._files import DataError, File, cache_folder, data_root, find, locate
from rnn_utils.datasets._registry import REGISTRY, DataSet, Table
from rnn_utils.datasets._toy import adding, copy_task, temporal_order
from rnn_utils.datasets._types import (
    Examples,
    Labelled,
    PairList,
    Pairs,
    Series,
    Tagged,
    TaggedList,
    Text,
)

__all__ = [
    "DataError",
    "DataSet",
    "Examples",
    "File",
    "Labelled",
    "PairList",
    "Pairs",
    "Series",
    "Table",
    "Tagged",
    "TaggedList",
    "Text",
    "adding",
    "cache_folder",
    "copy_task",
    "data_root",
    "fetch",
    "info",
    "load",
    "status",
    "table",
    "temporal_order",
]


@overload
def load(
    name: Literal["python_manual", "python_stdlib", "time_machine", "tiny_shakespeare", "ptb"],
    **options: Any,
) -> Text: ...
@overload
def load(
    name: Literal[
        "surnames",
        "names",
        "language_names",
        "sentence_polarity",
        "sst2",
        "trec",
        "digits",
        "digit_rows",
        "mnist",
        "mnist_rows",
    ],
    **options: Any,
) -> Labelled: ...
@overload
def load(
    name: Literal["dates", "number_words", "emoji_names", "multi30k", "tatoeba"], **options: Any
) -> Pairs: ...
@overload
def load(name: Literal["python_tokens", "ud_ewt", "wnut17", "masc"], **options: Any) -> Tagged: ...
@overload
def load(name: Literal["sunspots", "co2"], **options: Any) -> Series: ...
@overload
def load(name: Literal["adding", "copy_task", "temporal_order"], **options: Any) -> Examples: ...
@overload
def load(name: str, **options: Any) -> Any: ...
def load(name: str, **options: Any) -> Any:
    """Return a data set: from Python or a package, the data root, the cache, or the download.

    Parameters
    ----------
    name : str
        One of the names in `table()`.
    **options
        `limit` keeps the first `limit` characters, examples, pairs or sentences of `train` of
        a `Text`, a `Labelled`, a `Pairs` or a `Tagged`. `number_words` takes two languages,
        `source` and `target` ("en" and "fr" unless told; also "de", "es", "it", "nl", "sv", and
        "digits" as a target), and so does `emoji_names` (also "de", "es", "id", "it", "pt",
        "tr"), `multi30k` ("en" and "de" unless told; also "fr") and `tatoeba` ("en" and "fr",
        or the other way round). `multi30k` takes a `test` of "2016" or "2017". `python_tokens`
        takes a `scheme`, "plain" unless told, or "bio"; `trec` takes `labels`, "coarse" or
        "fine"; `ud_ewt` takes a `tag`, "upos" or "xpos". The toy tasks take what their functions
        take: `n`, `length` and `seed`, or `n`, `lag`, `symbols`, `length` and `seed`.

    Returns
    -------
    Text, Labelled, Pairs, Tagged, Series or Examples
        Whichever the data set is.

    Raises
    ------
    ValueError
        If there is no such data set, `limit` is not positive, or an option has a value
        that is not known.
    TypeError
        If the data set does not take such an option, or needs one that is missing.
    ModuleNotFoundError
        If the package that holds the data is not installed.
    DataError
        If a file can not be had, or its bytes are not the right ones.

    References
    ----------
    Chapter: 01_sequences
    """
    row = info(name)
    limit = options.pop("limit", None)
    if limit is not None:
        expect_positive("limit", limit)
    try:
        bound = inspect.signature(row.loader).bind(*([row.files] if row.files else []), **options)
    except TypeError as error:
        raise TypeError(f"load({name!r}): {error}") from None
    data = row.loader(*bound.args, **bound.kwargs)
    if limit is None:
        return data
    if isinstance(data, Pairs):
        return dataclasses.replace(data, train=data.train[:limit])
    if isinstance(data, Tagged):
        return dataclasses.replace(data, train=data.train[:limit])
    if isinstance(data, Text):
        return dataclasses.replace(data, train=data.train[:limit])
    if isinstance(data, Labelled):
        train = Examples(data.train.inputs[:limit], data.train.targets[:limit])
        return dataclasses.replace(data, train=train)
    raise TypeError(f"load({name!r}): got an unexpected keyword argument 'limit'")


def info(name: str) -> DataSet:
    """Return what the registry knows about a data set.

    Raises
    ------
    ValueError
        If there is no such data set.

    References
    ----------
    Chapter: 01_sequences
    """
    expect_one_of("name", name, [row.name for row in REGISTRY])
    return next(row for row in REGISTRY if row.name == name)


def table() -> Table:
    """Return every row of the registry; it prints as a table.

    References
    ----------
    Chapter: 01_sequences
    """
    return REGISTRY


def fetch(name: str) -> None:
    """Download the files of a data set that are neither in the data root nor in the cache.

    Raises
    ------
    ValueError
        If there is no such data set.
    DataError
        If a file can not be had, or its bytes are not the right ones.

    References
    ----------
    Chapter: 01_sequences
    """
    for file in info(name).files:
        find(file)


def status(name: str) -> str:
    """Return where the files of a data set are now, in words.

    Raises
    ------
    ValueError
        If there is no such data set.
    DataError
        If the data root is no folder, or holds a file with other bytes than expected.

    References
    ----------
    Chapter: 01_sequences
    """
    row = info(name)
    if row.offline:
        return row.where
    places = [locate(file) for file in row.files]
    root = data_root()
    in_root = sum(place is not None and root in place.parents for place in places)
    words = {
        "in the data root": in_root,
        "in the cache": sum(place is not None for place in places) - in_root,
        "not here": places.count(None),
    }
    if len(places) in words.values():
        return next(where for where, count in words.items() if count == len(places))
    return ", ".join(f"{count} of {len(places)} {where}" for where, count in words.items() if count)
