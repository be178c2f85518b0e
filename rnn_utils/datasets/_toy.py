"""Toy tasks whose lag is chosen by hand: adding, copying, temporal order."""

from __future__ import annotations

import torch

from rnn_utils._errors import expect_positive
from rnn_utils.datasets._types import Examples


def adding(n: int, length: int, seed: int) -> Examples:
    r"""Draw examples of the adding problem: sum the two values that are marked.

    .. math:: y = \sum_{t=1}^{T} m_t v_t, \qquad v_t \sim U[0, 1), \quad m_t \in \{0, 1\}

    One mark falls in the first half of the sequence, the other in the second. Whoever always
    answers 1 has a mean squared error of 1/6, the variance of the sum of two uniform numbers.

    Parameters
    ----------
    n : int
        Number of examples N.
    length : int
        Time steps T, at least 2.
    seed : int
        The same seed draws the same examples; the global random state is left alone.

    Returns
    -------
    Examples
        `inputs` (N, T, 2) float32, value and mark; `targets` (N,) float32.

    Raises
    ------
    ValueError
        If `n` is not positive or `length` is below 2.

    References
    ----------
    Hochreiter and Schmidhuber (1997), experiment 4; in this form Arjovsky, Shah and Bengio (2016).

    Chapter: 04_training
    """
    _expect_at_least("n", n, 1)
    _expect_at_least("length", length, 2)
    generator = torch.Generator().manual_seed(seed)
    values = torch.rand(n, length, generator=generator)
    half = length // 2
    first = torch.randint(0, half, (n, 1), generator=generator)
    second = torch.randint(half, length, (n, 1), generator=generator)
    marks = torch.zeros(n, length).scatter_(1, first, 1.0).scatter_(1, second, 1.0)
    # y = sum_t m_t v_t
    targets = (marks * values).sum(dim=1)
    return Examples(torch.stack([values, marks], dim=2), targets)  # inputs (N, T, 2)


def copy_task(n: int, lag: int, symbols: int = 8, length: int = 10, *, seed: int) -> Examples:
    r"""Draw examples of the copying problem: say `length` symbols again after `lag` steps.

    The input is `length` random symbols, `lag` - 1 blanks, a delimiter, `length` blanks; the
    target is blank until the delimiter has been read, then the symbols in order, so that each is
    asked for exactly `lag` + `length` steps after it was shown. With S symbols, length m and
    T = lag + 2 m steps, whoever says blank and then guesses blindly has a mean cross entropy of

    .. math:: \frac{m \ln S}{\mathrm{lag} + 2 m} \ \text{nats per step.}

    Parameters
    ----------
    n : int
        Number of examples N.
    lag : int
        Steps between the last symbol and the first answer, at least 1.
    symbols : int
        Number of symbols S, coded 0 to S - 1; S is the blank, S + 1 the delimiter.
    length : int
        Number m of symbols to copy.
    seed : int
        The same seed draws the same examples; the global random state is left alone.

    Returns
    -------
    Examples
        `inputs` and `targets`, both (N, T) int64 with T = lag + 2 m.

    Raises
    ------
    ValueError
        If a size is not positive.

    References
    ----------
    Hochreiter and Schmidhuber (1997); in this form Arjovsky, Shah and Bengio (2016), section 4.1.

    Chapter: 03_bptt
    """
    for name, size in [("n", n), ("lag", lag), ("symbols", symbols), ("length", length)]:
        _expect_at_least(name, size, 1)
    generator = torch.Generator().manual_seed(seed)
    message = torch.randint(0, symbols, (n, length), generator=generator)
    blank, delimiter = symbols, symbols + 1
    inputs = torch.full((n, lag + 2 * length), blank)  # (N, T)
    inputs[:, :length] = message
    inputs[:, length + lag - 1] = delimiter
    targets = torch.full_like(inputs, blank)
    targets[:, length + lag :] = message
    return Examples(inputs, targets)


def temporal_order(n: int, length: int, seed: int) -> Examples:
    r"""Draw examples of the temporal order problem: which of X and Y came first, which second?

    The sequence starts with E, ends with B, and is filled with a, b, c, d at random. At one place
    in the second tenth, T/10 <= t < 2T/10, and at one in the sixth, 5T/10 <= t < 6T/10 (counted
    from 0), stands X or Y. The class is

    .. math:: y = 2\,[\text{first is Y}] + [\text{second is Y}] \in \{0, 1, 2, 3\},

    that is XX, XY, YX, YY. Chance is 1/4, or :math:`\ln 4` nats.

    Parameters
    ----------
    n : int
        Number of examples N.
    length : int
        Time steps T, at least 10.
    seed : int
        The same seed draws the same examples; the global random state is left alone.

    Returns
    -------
    Examples
        `inputs` (N, T) int64, coded a, b, c, d, X, Y, E, B = 0 to 7; `targets` (N,) int64.

    Raises
    ------
    ValueError
        If `n` is not positive or `length` is below 10.

    References
    ----------
    Hochreiter and Schmidhuber (1997), experiment 6a, whose lengths of 100 to 110 are scaled to T.

    Chapter: 03_bptt
    """
    _expect_at_least("n", n, 1)
    _expect_at_least("length", length, 10)
    generator = torch.Generator().manual_seed(seed)
    x, start, end = 4, 6, 7
    inputs = torch.randint(0, 4, (n, length), generator=generator)  # (N, T)
    bits = torch.randint(0, 2, (n, 2), generator=generator)
    for place, tenth in enumerate((1, 5)):
        # the whole numbers t with tenth * T / 10 <= t < (tenth + 1) * T / 10
        low, high = -(-tenth * length // 10), -(-(tenth + 1) * length // 10)
        where = torch.randint(low, high, (n, 1), generator=generator)
        inputs.scatter_(1, where, x + bits[:, place : place + 1])
    inputs[:, 0], inputs[:, -1] = start, end
    # y = 2 [first is Y] + [second is Y]
    return Examples(inputs, 2 * bits[:, 0] + bits[:, 1])


def _expect_at_least(name: str, value: int, least: int) -> None:
    expect_positive(name, value)
    if value != int(value) or value < least:
        raise ValueError(f"{name}: expected a whole number, at least {least}, got {value!r}")
