"""Sequences as tensors: vocabularies, windows, padding, masks, batches, splits and n-grams."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from rnn_utils._errors import expect_integers, expect_positive, expect_shape, expect_sizes

__all__ = [
    "Batches",
    "NGram",
    "Vocabulary",
    "batches",
    "mask",
    "one_hot",
    "pad",
    "split_in_time",
    "stream_batches",
    "windows",
]

Batch = TypeVar("Batch")


class Vocabulary:
    r"""A fixed list of symbols, and the number of each.

    .. math:: \mathrm{encode}: \text{symbol} \mapsto i \in \{0, \dots, V - 1\}, \qquad
              \mathrm{decode}(\mathrm{encode}(s)) = s

    A vocabulary cannot be changed after it is made: a model's table has one row per number.

    Parameters
    ----------
    symbols : iterable of str
        The symbols in the order of their numbers, without `padding` and `unknown`.
    padding : str or None
        Fills short sequences up; number 0. None leaves it out.
    unknown : str or None
        Stands for whatever is not in the list; the next free number. None leaves it out, and
        then `encode` raises an error on what it does not know.

    Raises
    ------
    ValueError
        If a symbol stands twice in the list.

    Notes
    -----
    Chapter: 01_sequences
    """

    __slots__ = ("_numbers", "padding", "symbols", "unknown")

    symbols: tuple[str, ...]
    padding: str | None
    unknown: str | None
    _numbers: dict[str, int]

    def __init__(
        self,
        symbols: Iterable[str],
        *,
        padding: str | None = "<pad>",
        unknown: str | None = "<unk>",
    ) -> None:
        special = [symbol for symbol in (padding, unknown) if symbol is not None]
        listed = (*special, *symbols)
        numbers = {symbol: number for number, symbol in enumerate(listed)}
        if len(numbers) != len(listed):
            double = next(symbol for symbol, count in Counter(listed).items() if count > 1)
            raise ValueError(f"symbols: expected each symbol once, got {double!r} twice")
        for name, value in (
            ("symbols", listed),
            ("padding", padding),
            ("unknown", unknown),
            ("_numbers", numbers),
        ):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{name}: a vocabulary cannot be changed; make a new one")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{name}: a vocabulary cannot be changed; make a new one")

    def __reduce__(self) -> tuple[Any, ...]:
        special = sum(symbol is not None for symbol in (self.padding, self.unknown))
        return _vocabulary, (self.symbols[special:], self.padding, self.unknown)

    @classmethod
    def from_tokens(
        cls,
        tokens: Iterable[str],
        *,
        min_count: int = 1,
        size: int | None = None,
        padding: str | None = "<pad>",
        unknown: str | None = "<unk>",
    ) -> Vocabulary:
        """Collect the symbols of a text, the most frequent first, equals in alphabetical order.

        Parameters
        ----------
        tokens : str or iterable of str
            A string gives its characters, a list of words its words.
        min_count : int
            How often a symbol must occur to be listed.
        size : int, optional
            The most symbols to list, padding and unknown included.
        padding, unknown : str or None
            As for the class. Where a text holds them already, they keep their one number.

        Returns
        -------
        Vocabulary

        Raises
        ------
        TypeError
            If `min_count` or `size` is not a number.
        ValueError
            If `min_count` is below 1 or `size` leaves no room.
        """
        expect_positive("min_count", min_count)
        special = {padding, unknown} - {None}
        counts = Counter(token for token in tokens if token not in special)
        ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        kept = [symbol for symbol, count in ordered if count >= min_count]
        if size is not None:
            expect_positive("size", size)
            if size <= len(special):
                raise ValueError(f"size: expected more than {len(special)} symbols, got {size}")
            kept = kept[: size - len(special)]
        return cls(kept, padding=padding, unknown=unknown)

    def encode(self, tokens: Iterable[str]) -> torch.Tensor:
        """Return the number of each token.

        Parameters
        ----------
        tokens : str or iterable of str
            A string is read character by character.

        Returns
        -------
        tensor (T,) of int64

        Raises
        ------
        ValueError
            If a token is not in the list and there is no unknown symbol.
        """
        numbers = self._numbers
        if self.unknown is not None:
            other = numbers[self.unknown]
            return torch.tensor([numbers.get(token, other) for token in tokens], dtype=torch.long)
        try:
            return torch.tensor([numbers[token] for token in tokens], dtype=torch.long)
        except KeyError as error:
            raise ValueError(
                f"tokens: expected symbols of the vocabulary, which has no unknown symbol, "
                f"got {error.args[0]!r}"
            ) from None

    def decode(self, ids: Any) -> list[str]:
        """Return the symbol of each number; padding is left out.

        Parameters
        ----------
        ids : tensor, array or sequence (T,) of integers

        Returns
        -------
        list of T str, fewer by the padding

        Raises
        ------
        ValueError
            If a number is not in 0 .. V - 1.
        """
        symbols, padding = self.symbols, self.padding
        numbers = [int(number) for number in ids]
        for number in numbers:
            if not 0 <= number < len(symbols):
                raise ValueError(
                    f"ids: expected numbers in 0 .. V - 1 with V = {len(symbols)}, got {number}"
                )
        return [symbols[number] for number in numbers if symbols[number] != padding]

    @property
    def padding_id(self) -> int | None:
        """The number of the padding symbol."""
        return None if self.padding is None else self._numbers[self.padding]

    @property
    def unknown_id(self) -> int | None:
        """The number of the unknown symbol."""
        return None if self.unknown is None else self._numbers[self.unknown]

    def __len__(self) -> int:
        return len(self.symbols)

    def __contains__(self, symbol: object) -> bool:
        return symbol in self._numbers

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Vocabulary):
            return NotImplemented
        return (self.symbols, self.padding, self.unknown) == (
            other.symbols,
            other.padding,
            other.unknown,
        )

    def __hash__(self) -> int:
        return hash((self.symbols, self.padding, self.unknown))

    def __repr__(self) -> str:
        shown = ", ".join(repr(symbol) for symbol in self.symbols[:8])
        more = ", ..." if len(self) > 8 else ""
        return f"Vocabulary(V={len(self)}: {shown}{more})"


def _vocabulary(symbols: tuple[str, ...], padding: str | None, unknown: str | None) -> Vocabulary:
    return Vocabulary(symbols, padding=padding, unknown=unknown)


def one_hot(ids: torch.Tensor, size: int, dtype: torch.dtype | None = None) -> torch.Tensor:
    r"""Write each number as a row that holds a single 1.

    .. math:: \mathrm{onehot}(i)_j = [i = j], \qquad j = 0, \dots, V - 1

    Parameters
    ----------
    ids : tensor (...) of int64
        Numbers in 0 .. V - 1.
    size : int
        Number of symbols V.
    dtype : torch.dtype, optional
        Of the result; torch's default floating type unless told.

    Returns
    -------
    tensor (..., V)

    Raises
    ------
    TypeError
        If `ids` does not hold integers.
    ValueError
        If a number is not in 0 .. V - 1.

    References
    ----------
    Equal to ``torch.nn.functional.one_hot``, which returns integers.

    Chapter: 01_sequences
    """
    expect_integers("ids", ids)
    if ids.numel() and (int(ids.min()) < 0 or int(ids.max()) >= size):
        raise ValueError(
            f"ids: expected numbers in 0 .. V - 1 with V = {size}, "
            f"got {int(ids.min())} .. {int(ids.max())}"
        )
    # onehot(i)_j = [i = j]
    rows = ids.unsqueeze(-1) == torch.arange(size, device=ids.device)  # (..., V)
    return rows.to(dtype or torch.get_default_dtype())


def windows(
    values: torch.Tensor | NDArray[Any], length: int, *, horizon: int = 1, stride: int = 1
) -> tuple[torch.Tensor, torch.Tensor]:
    r"""Cut one long sequence into windows and what follows each of them.

    .. math:: X_n = (x_{ns + 1}, \dots, x_{ns + T}), \qquad
              Y_n = (x_{ns + T + 1}, \dots, x_{ns + T + \tau})

    with stride s, length T and horizon :math:`\tau`. Both results are views of the sequence: no
    window is copied, so do not write into them. (A read-only array, which torch cannot share, is
    copied once.)

    Parameters
    ----------
    values : tensor or array (N, ...)
        One sequence of N steps.
    length : int
        Steps T in a window.
    horizon : int
        Steps that follow it; 0 gives windows without targets.
    stride : int
        Steps from the start of one window to the start of the next.

    Returns
    -------
    inputs : tensor (n, T, ...)
    targets : tensor (n, horizon, ...)

    Raises
    ------
    TypeError
        If `length`, `horizon` or `stride` is not a number.
    ValueError
        If one of them is too small, or the sequence is shorter than one window.

    Notes
    -----
    Chapter: 01_sequences
    """
    expect_positive("length", length)
    expect_positive("horizon", horizon, zero=True)
    expect_positive("stride", stride)
    if isinstance(values, np.ndarray) and not values.flags.writeable:
        values = values.copy()
    steps = torch.as_tensor(values)
    if steps.ndim == 0:
        raise ValueError("values: expected shape (N, ...), got ()")
    if len(steps) < length + horizon:
        raise ValueError(
            f"values: expected at least length + horizon = {length + horizon} steps, "
            f"got {len(steps)}"
        )
    cut = steps.unfold(0, length + horizon, stride)  # (n, ..., length + horizon)
    cut = cut.movedim(-1, 1)  # (n, length + horizon, ...)
    return cut[:, :length], cut[:, length:]


def pad(sequences: Sequence[torch.Tensor], value: float = 0) -> tuple[torch.Tensor, torch.Tensor]:
    r"""Put sequences of different length into one tensor, filled up at the end.

    .. math:: X_{bt} = x^{(b)}_t \text{ for } t \le T_b, \qquad
              X_{bt} = \text{value for } t > T_b

    Parameters
    ----------
    sequences : list of B tensors (T_b, ...)
        At least one; equal in everything but the first axis, type included.
    value : number
        What fills the rest.

    Returns
    -------
    padded : tensor (B, T, ...) with T the longest length
    lengths : tensor (B,) of int64

    Raises
    ------
    TypeError
        If they hold different types of number.
    ValueError
        If there is no sequence, or they differ in more than the first axis.

    References
    ----------
    Equal to ``torch.nn.utils.rnn.pad_sequence`` with ``batch_first=True``.

    Chapter: 01_sequences
    """
    if not sequences:
        raise ValueError("sequences: expected at least one sequence, got none")
    first = sequences[0]
    for number, sequence in enumerate(sequences):
        if sequence.ndim == 0 or sequence.shape[1:] != first.shape[1:]:
            raise ValueError(
                f"sequences: expected shapes (T, ...) equal after the first axis to "
                f"{tuple(first.shape)}, got {tuple(sequence.shape)} at place {number}"
            )
        if sequence.dtype != first.dtype:
            raise TypeError(
                f"sequences: expected one type of number, {first.dtype}, "
                f"got {sequence.dtype} at place {number}"
            )
    lengths = torch.tensor([len(sequence) for sequence in sequences])  # (B,)
    padded = first.new_full((len(sequences), int(lengths.max()), *first.shape[1:]), value)
    for row, sequence in zip(padded, sequences, strict=True):
        # X_bt = x_t of sequence b for t ≤ T_b
        row[: len(sequence)] = sequence
    return padded, lengths  # (B, T, ...), (B,)


def mask(lengths: torch.Tensor, steps: int | None = None) -> torch.Tensor:
    r"""Say which positions of a padded batch are real.

    .. math:: m_{bt} = [t \le T_b], \qquad t = 1, \dots, T

    Parameters
    ----------
    lengths : tensor (B,) of integers
        The lengths T_b.
    steps : int, optional
        T; the longest length unless told.

    Returns
    -------
    tensor (B, T) of bool

    Raises
    ------
    ValueError
        If `lengths` is not (B,), or one lies outside 0 .. T.

    Notes
    -----
    Chapter: 01_sequences
    """
    expect_shape("lengths", lengths, "B")
    longest = int(lengths.max()) if len(lengths) else 0
    total = longest if steps is None else steps
    if longest > total or (len(lengths) and int(lengths.min()) < 0):
        raise ValueError(
            f"lengths: expected lengths in 0 .. T with T = {total}, "
            f"got {int(lengths.min())} .. {longest}"
        )
    # m_bt = [t ≤ T_b], with t counted from 1
    return torch.arange(1, total + 1, device=lengths.device) <= lengths.unsqueeze(1)  # (B, T)


def batches(
    lengths: int | torch.Tensor | Sequence[int],
    size: int,
    *,
    seed: int | None = None,
    bucket: bool = False,
) -> Iterator[torch.Tensor]:
    """Yield the numbers of the examples that go together, each example once.

    Parameters
    ----------
    lengths : int, or tensor (N,) or sequence of N integers
        How many examples there are, or how long each is.
    size : int
        Examples B in a batch; the last batch may be smaller.
    seed : int, optional
        Shuffles with this seed; the order is kept when it is left out.
    bucket : bool
        Put examples of like length together, so that little is padded; needs the lengths. With a
        seed, ties and the order of the batches are shuffled.

    Yields
    ------
    tensor (B,) of int64
        Numbers of examples: index the data with it.

    Raises
    ------
    TypeError
        If `bucket` is asked for without lengths, or `size` is not a number.
    ValueError
        If `size` is below 1.

    Notes
    -----
    Chapter: 01_sequences
    """
    expect_positive("size", size)
    if isinstance(lengths, int):
        if bucket:
            raise TypeError("lengths: expected the length of each example for buckets, got an int")
        count = lengths
    else:
        count = len(lengths)
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    order = torch.arange(count) if generator is None else torch.randperm(count, generator=generator)
    if bucket:
        long = torch.as_tensor(lengths)
        order = order[torch.argsort(long[order], stable=True)]  # neighbours have like lengths
    groups = list(torch.split(order, size))
    if bucket and generator is not None:
        places = torch.randperm(len(groups), generator=generator)
        groups = [groups[int(place)] for place in places]
    yield from groups


class Batches(Generic[Batch]):
    """Examples of like length in padded batches, each once per reading: data for `training.fit`.

    A subclass says how some examples become a batch, `_collate`. Shuffled, each reading has an
    order of its own, which a checkpoint of `training.fit` can go on from.

    Parameters
    ----------
    lengths : tensor (N,) of integers
        How long each example is.
    size : int
        Examples B in a batch; the last batch may be smaller.
    shuffle : bool
        Whether the order is drawn; otherwise the examples come in the order of their lengths.
    generator : torch.Generator, optional
        Draws; torch's own where left out.

    Raises
    ------
    TypeError
        If `size` is not a whole number.
    ValueError
        If `size` is below 1.

    Notes
    -----
    Chapter: 01_sequences
    """

    bucket = True  # whether examples of like length stand together
    spread = 0  # lengths that differ by less may meet in a batch, where the order is drawn

    def __init__(
        self,
        lengths: torch.Tensor,
        size: int,
        shuffle: bool,
        generator: torch.Generator | None = None,
    ) -> None:
        expect_sizes(size=size)
        self.lengths, self.size, self.shuffle, self.generator = lengths, size, shuffle, generator

    def __len__(self) -> int:
        return -(-len(self.lengths) // self.size)

    def __iter__(self) -> Iterator[Batch]:
        seed, lengths = self._seed(), self.lengths
        if seed is not None and self.spread:
            draw = torch.rand(len(lengths), generator=torch.Generator().manual_seed(seed))
            lengths = lengths + (self.spread * draw).long()
        for rows in batches(lengths, self.size, seed=seed, bucket=self.bucket):
            yield self._collate(rows.tolist())

    def _seed(self) -> int | None:
        if not self.shuffle:
            return None
        return int(torch.randint(2**31, (), generator=self.generator))

    def _collate(self, rows: list[int]) -> Batch:
        raise NotImplementedError


def stream_batches(
    ids: torch.Tensor, size: int, length: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    r"""Read one long text as B streams side by side, T steps at a time.

    .. math:: X^{(n)}_{bt} = x_{bS + nT + t}, \qquad Y^{(n)}_{bt} = x_{bS + nT + t + 1}

    with :math:`S = \lfloor (N - 1) / B \rfloor` steps per stream. Row b of one batch goes on
    where row b of the batch before it stopped, so a state can be carried from one to the next.

    Parameters
    ----------
    ids : tensor (N,)
        The text as numbers.
    size : int
        Streams B.
    length : int
        Steps T in a batch; the last batch may be shorter.

    Yields
    ------
    inputs : tensor (B, T)
    targets : tensor (B, T), the next symbol of each

    Raises
    ------
    TypeError
        If `size` or `length` is not a number.
    ValueError
        If one of them is below 1, `ids` is not (N,), or too short for B streams.

    Notes
    -----
    Chapter: 01_sequences
    """
    expect_shape("ids", ids, "N")
    expect_positive("size", size)
    expect_positive("length", length)
    steps = (len(ids) - 1) // size  # S
    if steps < 1:
        raise ValueError(f"ids: expected at least B + 1 = {size + 1} symbols, got {len(ids)}")
    inputs = ids[: size * steps].view(size, steps)  # (B, S)
    targets = ids[1 : size * steps + 1].view(size, steps)  # (B, S)
    yield from zip(torch.split(inputs, length, 1), torch.split(targets, length, 1), strict=True)


def split_in_time(
    steps: int, *, valid: float = 0.1, test: float = 0.1, gap: int = 0
) -> tuple[slice, slice, slice]:
    """Cut a series into past, later and last, with a gap between the parts.

    Parameters
    ----------
    steps : int
        Length N of the series.
    valid, test : float
        Share of the steps in the second and in the third part; the first part takes the rest.
    gap : int
        Steps left out before the second and before the third part.

    Returns
    -------
    train, valid, test : slice
        Slices of the series, in order, without overlap.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If a share or the gap is negative, or a part would be empty.

    Notes
    -----
    Chapter: 01_sequences
    """
    expect_positive("steps", steps)
    expect_positive("valid", valid)
    expect_positive("test", test)
    expect_positive("gap", gap, zero=True)
    last, later = round(steps * test), round(steps * valid)
    first = steps - last - later - 2 * gap
    if min(first, later, last) < 1:
        raise ValueError(
            f"steps: expected enough steps for three parts and two gaps of {gap}, got {steps}: "
            f"train {first}, valid {later}, test {last}"
        )
    return (
        slice(0, first),
        slice(first + gap, first + gap + later),
        slice(steps - last, steps),
    )


class NGram:
    r"""A language model that counts: the next symbol depends on the n - 1 before it.

    .. math:: p(x \mid c) = \frac{\#(c, x) + k}{\#(c) + kV}

    with :math:`\#(c, x)` how often the context c was followed by x in training, and
    :math:`\#(c) = \sum_x \#(c, x)`. A context that was never seen has no counts: with k > 0 it
    gives 1 / V to each symbol, with k = 0 it gives 0.

    Parameters
    ----------
    order : int
        n: 1 ignores the context, 2 looks at one symbol, and so on.
    size : int
        Number of symbols V.
    k : float
        Added to each count (Laplace's rule for k = 1); 0 does not smooth.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If `order` or `size` is below 1 or `k` below 0.

    References
    ----------
    Shannon (1948), "A mathematical theory of communication"; Jurafsky and Martin, "Speech and
    Language Processing", chapter 3.

    Chapter: 01_sequences
    """

    def __init__(self, order: int, size: int, k: float = 0.0) -> None:
        expect_positive("order", order)
        expect_positive("size", size)
        expect_positive("k", k, zero=True)
        self.order, self.size, self.k = order, size, k
        self.pairs: Counter[tuple[int, ...]] = Counter()  # (c, x): how often
        self.contexts: Counter[tuple[int, ...]] = Counter()  # c: how often

    def fit(self, ids: Any) -> NGram:
        """Count the n-grams of a text, on top of what was counted before.

        Parameters
        ----------
        ids : tensor, array or sequence (N,) of integers
            Numbers in 0 .. V - 1.

        Returns
        -------
        NGram
            The model itself.

        Raises
        ------
        ValueError
            If a number is not in 0 .. V - 1 or the text is shorter than n.
        """
        grams = Counter(self._grams(ids))
        self.pairs.update(grams)
        for gram, count in grams.items():
            self.contexts[gram[:-1]] += count
        return self

    def probability(self, context: Iterable[int], symbol: int) -> float:
        """Return the probability of `symbol` after `context`, of which the last n - 1 count.

        Parameters
        ----------
        context : sequence of at least n - 1 integers
        symbol : int

        Returns
        -------
        float
            Between 0 and 1.

        Raises
        ------
        ValueError
            If the context is too short.
        """
        seen = self._context(context)
        # p(x | c) = (#(c, x) + k) / (#(c) + k V)
        total = self.contexts[seen] + self.k * self.size
        return (self.pairs[(*seen, int(symbol))] + self.k) / total if total else 0.0

    def nats(self, ids: Any) -> NDArray[np.float64]:
        """Return the negative log probability of each symbol that has n - 1 before it.

        Parameters
        ----------
        ids : tensor, array or sequence (N,) of integers

        Returns
        -------
        array (N - n + 1,) of float64
            In nats; infinite where the probability is 0. ``metrics.perplexity(nats.mean())`` is
            the perplexity.

        Raises
        ------
        ValueError
            If a number is not in 0 .. V - 1 or the text is shorter than n.
        """
        grams = self._grams(ids)
        pairs = np.array([self.pairs[gram] for gram in grams], dtype=np.float64)
        contexts = np.array([self.contexts[gram[:-1]] for gram in grams], dtype=np.float64)
        total = contexts + self.k * self.size
        # p(x | c) = (#(c, x) + k) / (#(c) + k V)
        chance = np.divide(pairs + self.k, total, out=np.zeros_like(total), where=total > 0)
        with np.errstate(divide="ignore"):
            return np.abs(np.log(chance))  # -log p, and 0 rather than -0

    def unseen(self, ids: Any) -> float:
        """Return the share of positions whose context never stood in the training text.

        Parameters
        ----------
        ids : tensor, array or sequence (N,) of integers

        Returns
        -------
        float
            Between 0 and 1.

        Raises
        ------
        ValueError
            If a number is not in 0 .. V - 1 or the text is shorter than n.
        """
        return float(np.mean([gram[:-1] not in self.contexts for gram in self._grams(ids)]))

    def sample(self, length: int, *, start: Iterable[int] = (), seed: int = 0) -> list[int]:
        """Draw a text: each symbol from the distribution after the ones before it.

        Parameters
        ----------
        length : int
            How many symbols to draw.
        start : sequence of at least n - 1 integers
            What stands before them.
        seed : int
            Of the random numbers.

        Returns
        -------
        list of `length` int

        Raises
        ------
        ValueError
            If `start` is too short, or a context was never seen and k = 0.
        """
        generator = np.random.default_rng(seed)
        followers: dict[tuple[int, ...], list[tuple[int, int]]] = defaultdict(list)
        for (*context, symbol), count in self.pairs.items():
            followers[tuple(context)].append((symbol, count))
        text = [int(symbol) for symbol in start]
        before = len(text)
        for _ in range(length):
            weights = np.full(self.size, self.k, dtype=np.float64)  # (V,)
            for symbol, count in followers.get(self._context(text[-self.order :]), ()):
                weights[symbol] += count
            total = weights.sum()
            if total == 0:
                raise ValueError("start: expected a context seen in training where k = 0, got none")
            text.append(int(generator.choice(self.size, p=weights / total)))
        return text[before:]

    def _context(self, context: Iterable[int]) -> tuple[int, ...]:
        given = [int(symbol) for symbol in context]
        needed = self.order - 1
        if len(given) < needed:
            raise ValueError(
                f"context: expected at least n - 1 = {needed} symbols, got {len(given)}"
            )
        return tuple(given[len(given) - needed :])

    def _grams(self, ids: Any) -> list[tuple[int, ...]]:
        numbers = np.asarray(ids)
        expect_shape("ids", numbers, "N")
        if len(numbers) < self.order:
            raise ValueError(f"ids: expected at least n = {self.order} symbols, got {len(numbers)}")
        if numbers.min() < 0 or numbers.max() >= self.size:
            raise ValueError(
                f"ids: expected numbers in 0 .. V - 1 with V = {self.size}, "
                f"got {numbers.min()} .. {numbers.max()}"
            )
        plain = numbers.tolist()
        return list(zip(*(plain[i:] for i in range(self.order)), strict=False))
