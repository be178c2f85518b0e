"""What a loader returns: text, labelled examples, pairs of strings, tagged tokens, a series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar, cast, overload

import numpy as np
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True)
class Text:
    """A text in three parts that follow one another.

    Parameters
    ----------
    name : str
        The data set's name in the registry.
    train, valid, test : str
        The parts, in the order of the text, each whole lines.

    References
    ----------
    Chapter: 01_sequences
    """

    name: str
    train: str
    valid: str
    test: str

    def __repr__(self) -> str:
        sizes = ", ".join(f"{part}={len(getattr(self, part)):,}" for part in _PARTS)
        return f"Text({self.name!r}, characters: {sizes})"


@dataclass(frozen=True, eq=False)
class Examples:
    """Inputs and their targets, in the same order.

    Parameters
    ----------
    inputs : list of str or Tensor
        N strings, or a tensor whose first axis has size N.
    targets : Tensor
        First axis of size N.

    Raises
    ------
    ValueError
        If there are not as many inputs as targets.

    References
    ----------
    Chapter: 01_sequences
    """

    inputs: Sequence[str] | Tensor
    targets: Tensor

    def __post_init__(self) -> None:
        if len(self.inputs) != len(self.targets):
            raise ValueError(
                f"targets: expected N = {len(self.inputs)} targets, one for each input, "
                f"got {len(self.targets)}"
            )

    def __len__(self) -> int:
        return len(self.targets)

    def __repr__(self) -> str:
        return f"Examples(inputs: {_spell(self.inputs)}, targets: {_spell(self.targets)})"


@dataclass(frozen=True, eq=False)
class Labelled:
    """Examples with a class each, in three parts; only official ones may share a few.

    Parameters
    ----------
    name : str
        The data set's name in the registry.
    train, valid, test : Examples
        The parts; the targets are the classes' positions, int64.
    classes : tuple of str
        K names, in the order of the targets.

    References
    ----------
    Chapter: 01_sequences
    """

    name: str
    train: Examples
    valid: Examples
    test: Examples
    classes: tuple[str, ...]

    def __repr__(self) -> str:
        sizes = ", ".join(f"{part}={len(getattr(self, part)):,}" for part in _PARTS)
        return f"Labelled({self.name!r}, K={len(self.classes)}, examples: {sizes})"


Row = TypeVar("Row", bound=tuple[Any, ...])


class _Rows(Sequence[Row]):
    """Columns of equal length, the fields of a dataclass, whose first two are read as rows."""

    def __post_init__(self) -> None:
        (first, wanted), *others = vars(self).items()
        for name, column in others:
            if len(column) != len(wanted):
                raise ValueError(
                    f"{name}: expected N = {len(wanted)}, as many as {first}, got {len(column)}"
                )

    def __len__(self) -> int:
        return len(next(iter(vars(self).values())))

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Row | Self:
        columns = [column[index] for column in vars(self).values()]
        return type(self)(*columns) if isinstance(index, slice) else cast(Row, tuple(columns[:2]))


@dataclass(frozen=True)
class PairList(_Rows[tuple[str, str]]):
    """Strings and what each of them becomes: a sequence of (source, target).

    ``pairs[3]`` is a pair, ``pairs[:100]`` a shorter list, and ``for source, target in pairs``
    reads them all.

    Parameters
    ----------
    sources, targets : tuple of str
        N strings each, in the same order.
    languages : tuple of str
        The language of each source.

    Raises
    ------
    ValueError
        If they are not equally many.

    References
    ----------
    Chapter: 08_seq2seq
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    languages: tuple[str, ...]

    def __repr__(self) -> str:
        first = f": {self.sources[0]!r} -> {self.targets[0]!r}, ..." if len(self) else ""
        return f"PairList({len(self):,} pairs{first})"


@dataclass(frozen=True)
class Pairs:
    """Pairs of strings in three parts; only official ones may share a few.

    Parameters
    ----------
    name : str
        The data set's name in the registry.
    train, valid, test : PairList
        The parts.

    References
    ----------
    Chapter: 08_seq2seq
    """

    name: str
    train: PairList
    valid: PairList
    test: PairList

    def __repr__(self) -> str:
        sizes = ", ".join(f"{part}={len(getattr(self, part)):,}" for part in _PARTS)
        return f"Pairs({self.name!r}, pairs: {sizes})"


@dataclass(frozen=True)
class TaggedList(_Rows[tuple[tuple[str, ...], tuple[str, ...]]]):
    """Sentences with a tag for each token: a sequence of (tokens, tags).

    ``sentences[3]`` is a pair of tuples, ``sentences[:100]`` a shorter list, and ``for tokens,
    tags in sentences`` reads them all.

    Parameters
    ----------
    tokens : tuple of tuple of str
        N sentences: words, or characters.
    tags : tuple of tuple of str
        N sentences of as many tags as tokens, in the same order.

    Raises
    ------
    ValueError
        If there are not as many tags as tokens.

    References
    ----------
    Chapter: 12_tagging
    """

    tokens: tuple[tuple[str, ...], ...]
    tags: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        for n, (tokens, tags) in enumerate(zip(self.tokens, self.tags, strict=True)):
            if len(tokens) != len(tags):
                raise ValueError(
                    f"tags: expected {len(tokens)} in sentence {n}, one for each token, "
                    f"got {len(tags)}"
                )

    def __repr__(self) -> str:
        count = sum(map(len, self.tokens))
        return f"TaggedList({len(self):,} sentences, {count:,} tokens)"


@dataclass(frozen=True)
class Tagged:
    """Sentences with a tag for each token, in three parts.

    Parameters
    ----------
    name : str
        The data set's name in the registry.
    train, valid, test : TaggedList
        The parts.
    tags : tuple of str
        K tags, every one that stands in a part, in alphabetical order.

    References
    ----------
    Chapter: 12_tagging
    """

    name: str
    train: TaggedList
    valid: TaggedList
    test: TaggedList
    tags: tuple[str, ...]

    def __repr__(self) -> str:
        sizes = ", ".join(f"{part}={len(getattr(self, part)):,}" for part in _PARTS)
        return f"Tagged({self.name!r}, K={len(self.tags)}, sentences: {sizes})"


@dataclass(frozen=True, eq=False)
class Series:
    """A real value at each of T times.

    Parameters
    ----------
    name : str
        The data set's name in the registry.
    values : array of shape (T,), float64
        In `unit`.
    times : array of shape (T,), float64
        In years.
    unit : str
        The unit of `values`.
    period : int
        Steps in one season.

    References
    ----------
    Chapter: 01_sequences
    """

    name: str
    values: NDArray[np.float64]
    times: NDArray[np.float64]
    unit: str
    period: int

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        span = f"{self.times[0]:.0f} to {self.times[-1]:.0f}"
        return f"Series({self.name!r}, T={len(self)}, {span}, {self.unit}, period={self.period})"


_PARTS = ("train", "valid", "test")


def _spell(values: Sequence[str] | Tensor) -> str:
    if isinstance(values, Tensor):
        return f"{tuple(values.shape)} {str(values.dtype).removeprefix('torch.')}"
    return f"{len(values)} strings"
