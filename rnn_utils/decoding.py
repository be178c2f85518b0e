"""Ways to a whole sequence from a model that says one step: greedy, sampled, by a beam, all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor

from rnn_utils._errors import expect_positive, expect_shape, expect_share, expect_sizes

__all__ = [
    "Hypothesis",
    "beam_search",
    "exhaustive",
    "greedy",
    "length_score",
    "reorder",
    "sample",
    "truncate",
]

Step: TypeAlias = Callable[[Tensor, Any], tuple[Tensor, Any]]

_ROUNDING = 1e-3  # how far above 0 a log-probability may be by rounding, in half precision


@dataclass(frozen=True)
class Hypothesis:
    """A sequence that a search found.

    Parameters
    ----------
    tokens : tuple of int
        Without the start and the end symbol.
    log_probability : float
        The sum over its steps, the end symbol's included, in nats.
    score : float
        What the search ranks by: see `length_score`.
    finished : bool
        Whether it has its end symbol; otherwise `max_length` cut it off.

    References
    ----------
    Chapter: 08_seq2seq
    """

    tokens: tuple[int, ...]
    log_probability: float
    score: float
    finished: bool

    @property
    def length(self) -> int:
        """The number of steps n: its tokens, and its end symbol if it has one."""
        return len(self.tokens) + self.finished


def length_score(log_probability: float, length: int, length_penalty: float = 0.0) -> float:
    r"""Return a log-probability, less in favour of short sequences.

    .. math:: s(y) = \frac{\log P(y)}{\mathrm{lp}(n)}, \qquad
              \mathrm{lp}(n) = \Bigl(\frac{5 + n}{6}\Bigr)^{\alpha}

    With :math:`\alpha = 0` it is the log-probability itself, with :math:`\alpha = 1` and long
    sequences nearly the mean per step.

    Parameters
    ----------
    log_probability : float
        In nats.
    length : int
        The number of steps n, that of the end symbol included.
    length_penalty : float
        :math:`\alpha`, at least 0.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If `length_penalty` is below 0.

    References
    ----------
    Wu, Y. et al. (2016). Google's neural machine translation system: bridging the gap between
    human and machine translation. arXiv:1609.08144, equation 14.

    Chapter: 08_seq2seq
    """
    expect_positive("length_penalty", length_penalty, zero=True)
    # s = log P / ((5 + n) / 6)^alpha
    return float(log_probability / ((5 + length) / 6) ** length_penalty)


def reorder(state: Any, index: Tensor) -> Any:
    """Return the chosen rows of every tensor in a state, in the order of `index`.

    Parameters
    ----------
    state : a nest of tuples, lists and dicts
        Every tensor with the batch axis first; what is no tensor stays as it is.
    index : integers, shape (R,)
        Numbers of rows; one may be chosen several times.

    Returns
    -------
    The same nest, each tensor with R rows.

    References
    ----------
    Chapter: 08_seq2seq
    """
    if isinstance(state, Tensor):
        return state.index_select(0, index.to(state.device))
    if isinstance(state, dict):
        return {key: reorder(value, index) for key, value in state.items()}
    if isinstance(state, tuple) and hasattr(state, "_fields"):  # a named tuple
        return type(state)(*(reorder(value, index) for value in state))
    if isinstance(state, (tuple, list)):
        return type(state)(reorder(value, index) for value in state)
    return state


def greedy(
    step: Step, state: Any, start: int | Tensor, end: int, max_length: int
) -> list[Hypothesis]:
    r"""Take the likeliest token at every step.

    .. math:: y_u = \operatorname*{arg\,max}_{v} P(v \mid y_1, \dots, y_{u-1})

    Parameters
    ----------
    step : callable
        The model: step(tokens (B,), state) returns log-probabilities (B, V) and the next state.
    state : a nest of tensors, batch axis first
        Before the first step.
    start : int or Tensor, shape (B,)
        What the first step reads. As an int it serves all B rows of the state.
    end : int
        The token that ends a sequence.
    max_length : int
        The most steps.

    Returns
    -------
    list of B Hypothesis
        One for each row; the score is the log-probability.

    Raises
    ------
    ValueError
        If `max_length` is not above 0, the state's batch axis is not first, or what `step`
        returns are no log-probabilities.

    References
    ----------
    Sutskever, I., Vinyals, O., Le, Q. V. (2014). Sequence to sequence learning with neural
    networks. NeurIPS 27.

    Chapter: 08_seq2seq
    """
    # y_u = arg max_v P(v | y_<u)
    return _walk(step, state, start, end, max_length, lambda logs: logs.argmax(dim=1))


def sample(
    step: Step,
    state: Any,
    start: int | Tensor,
    end: int,
    max_length: int,
    temperature: float = 1.0,
    generator: torch.Generator | None = None,
    top_k: int | None = None,
    top_p: float | None = None,
) -> list[Hypothesis]:
    r"""Draw every token from the model's own distribution, made sharper or flatter, or cut.

    .. math:: y_u \sim \frac{P(v \mid y_{<u})^{1/\tau}}{\sum_w P(w \mid y_{<u})^{1/\tau}}

    With `top_k` or `top_p` only the likeliest tokens of this distribution are drawn from: see
    `truncate`.

    Parameters
    ----------
    step : callable
        The model: step(tokens (B,), state) returns log-probabilities (B, V) and the next state.
    state : a nest of tensors, batch axis first
        Before the first step. ``reorder(state, torch.zeros(100, dtype=torch.long))`` repeats
        the first row a hundred times.
    start : int or Tensor, shape (B,)
        What the first step reads. As an int it serves all B rows of the state.
    end : int
        The token that ends a sequence.
    max_length : int
        The most steps.
    temperature : float
        :math:`\tau`: 1 leaves the distribution, towards 0 it becomes the greedy choice.
    generator : torch.Generator, optional
        Of the draws, on the CPU; the global one where left out.
    top_k : int, optional
        Draw from the k likeliest tokens only.
    top_p : float, optional
        Draw from the likeliest tokens that together reach this probability only.

    Returns
    -------
    list of B Hypothesis
        One for each row; the log-probability is the model's, whatever the temperature.

    Raises
    ------
    ValueError
        If `temperature` or `max_length` is not above 0, `top_k` or `top_p` lies outside its
        range, the state's batch axis is not first, or what `step` returns are no
        log-probabilities.

    References
    ----------
    Ackley, D. H., Hinton, G. E., Sejnowski, T. J. (1985). A learning algorithm for Boltzmann
    machines. Cognitive Science 9, 147-169. With `top_k`: Fan, A., Lewis, M., Dauphin, Y. (2018).
    Hierarchical neural story generation. ACL. With `top_p`: Holtzman, A. et al. (2020). The
    curious case of neural text degeneration. ICLR.

    Chapter: 08_seq2seq
    """
    expect_positive("temperature", temperature)
    _expect_cut(top_k, top_p)

    def draw(logs: Tensor) -> Tensor:
        # P^(1/tau), normalised anew; the largest is brought to 1 first, so that no power vanishes
        logs = (logs - logs.amax(dim=1, keepdim=True)) / temperature  # (B, V)
        if top_k is not None or top_p is not None:
            logs = truncate(logs.log_softmax(dim=1), top_k, top_p)
        weights = logs.exp()
        return torch.multinomial(weights, 1, generator=generator).squeeze(1)

    return _walk(step, state, start, end, max_length, draw)


def truncate(
    log_probabilities: Tensor, top_k: int | None = None, top_p: float | None = None
) -> Tensor:
    r"""Leave the likeliest tokens of each row, and share out what the others had.

    .. math:: \log P'(v) = \log P(v) - \log \sum_{w \in K} P(w) \quad\text{for } v \in K,
              \qquad \log P'(v) = -\infty \quad\text{else}

    K holds the `top_k` likeliest tokens, or the smallest number of likeliest tokens whose
    probabilities sum to at least `top_p`, the nucleus. With both, the nucleus is that of the
    distribution which `top_k` leaves. Of equally likely tokens the one with the smaller number
    stays.

    Parameters
    ----------
    log_probabilities : Tensor, shape (B, V)
        Normalised: their exponentials sum to 1 in each row.
    top_k : int, optional
        k, at least 1; all are kept where it is V or more.
    top_p : float, optional
        p, above 0 and at most 1. A sum that misses it by rounding alone reaches it. With 1
        every token stays.

    Returns
    -------
    Tensor, shape (B, V)
        Normalised anew.

    Raises
    ------
    ValueError
        If `log_probabilities` is not (B, V) or a row sums to anything but 1, or `top_k` or
        `top_p` lies outside its range.
    TypeError
        If `top_k` is not a whole number, or `top_p` not a number.

    References
    ----------
    Fan, A., Lewis, M., Dauphin, Y. (2018). Hierarchical neural story generation. ACL. Holtzman,
    A. et al. (2020). The curious case of neural text degeneration. ICLR.

    Chapter: 10_language_model
    """
    expect_shape("log_probabilities", log_probabilities, "B V")
    _expect_cut(top_k, top_p)
    # sums are taken in float32 or better; in half precision the numbers themselves are rounded
    logs = log_probabilities.to(torch.promote_types(log_probabilities.dtype, torch.float32))
    total = logs.exp().sum(dim=1)  # (B,)
    off = max(_ROUNDING, 4 * torch.finfo(log_probabilities.dtype).eps)
    wrong = ~((total - 1).abs() <= off)  # NaN is wrong too
    if bool(wrong.any()):
        raise ValueError(
            "log_probabilities: expected rows whose probabilities sum to 1, as log_softmax "
            f"returns them, got a sum of {float(total[wrong][0]):.3g}"
        )
    # the likeliest first, equals in the order of their numbers
    logs, order = logs.sort(dim=1, descending=True, stable=True)  # (B, V)
    kept = torch.ones_like(logs, dtype=torch.bool)
    if top_k is not None:
        kept[:, top_k:] = False
        logs = logs.masked_fill(~kept, -math.inf).log_softmax(dim=1)
    if top_p is not None and top_p < 1:
        # v stays while the likelier ones have not reached p among them
        chance = logs.exp()
        before = chance.cumsum(dim=1) - chance
        kept &= before < top_p - 16 * torch.finfo(logs.dtype).eps
        kept[:, 0] = True
    # the sorted mask back in the order of the tokens
    stays = torch.zeros_like(kept).scatter(1, order, kept)
    # log P'(v) = log P(v) - log sum_{w in K} P(w)
    return log_probabilities.masked_fill(~stays, -math.inf).log_softmax(dim=1)


def _expect_cut(top_k: int | None, top_p: float | None) -> None:
    if top_k is not None:
        expect_sizes(top_k=top_k)
    if top_p is not None:
        expect_share("top_p", top_p)
        expect_positive("top_p", top_p)


@torch.no_grad()
def _walk(
    step: Step,
    state: Any,
    start: int | Tensor,
    end: int,
    max_length: int,
    choose: Callable[[Tensor], Tensor],
) -> list[Hypothesis]:
    """Go forward one token at a time until every row has ended."""
    expect_positive("max_length", max_length)
    tokens = _first(start, state)  # (B,)
    _expect_rows(state, len(tokens))
    written: list[list[int]] = [[] for _ in tokens]
    totals = [0.0] * len(tokens)
    live = list(range(len(tokens)))
    for _ in range(max_length):
        logs, state = _ask(step, tokens, state)  # (B, V) on the CPU
        going = logs[live]
        if bool((going == -math.inf).all(dim=1).any()):
            raise ValueError("step: expected a token with a probability above 0, got none")
        chosen = choose(going)
        gained = going.gather(1, chosen.unsqueeze(1)).squeeze(1)
        tokens = torch.full_like(tokens, end)  # an ended row reads its end again, unheard
        tokens[live] = chosen.to(tokens.device, tokens.dtype)
        for row, token, gain in zip(live, chosen.tolist(), gained.tolist(), strict=True):
            written[row].append(token)
            totals[row] += gain
        live = [row for row in live if written[row][-1] != end]
        if not live:
            break
    return [_hypothesis(*row, end, 0.0) for row in zip(written, totals, strict=True)]


@torch.no_grad()
def beam_search(
    step: Step,
    state: Any,
    start: int | Tensor,
    end: int,
    width: int,
    max_length: int,
    length_penalty: float = 0.0,
) -> list[list[Hypothesis]]:
    r"""Keep the best few beginnings of each example, and every one of them that ends.

    .. math:: \mathcal{B}_u = \operatorname*{top\,k}_{y \in \mathcal{B}_{u-1} \times V}
              \sum_{i=1}^{u} \log P(y_i \mid y_{<i})

    Of all one-token continuations of the live beginnings the `width` likeliest are kept; those
    that end with `end` are set aside and take part in the final ranking, the others are the next
    live ones. With width 1 this is the greedy search; with a width of at least
    :math:`V^{\mathrm{max\_length}}` nothing is ever dropped, and it is exhaustive. The search
    stops early only when no live beginning can come to stand among the best any more.

    Parameters
    ----------
    step : callable
        The model: step(tokens (R,), state) returns log-probabilities (R, V) and the next state,
        for as many rows R as there are live beginnings.
    state : a nest of tensors, batch axis first
        Before the first step, one row per example.
    start : int or Tensor, shape (B,)
        What the first step reads. As an int it serves all B rows of the state.
    end : int
        The token that ends a sequence.
    width : int
        k, the beginnings kept for each example.
    max_length : int
        The most steps.
    length_penalty : float
        :math:`\alpha` of `length_score`; 0 ranks by the log-probability.

    Returns
    -------
    list of B lists of Hypothesis
        For each example at most `width` and at least one, the finished ones first, the better
        score first.

    Raises
    ------
    ValueError
        If `width` or `max_length` is not above 0, `length_penalty` is below 0, the state's batch
        axis is not first, what `step` returns are no log-probabilities, or no sequence of an
        example has a probability above 0.

    References
    ----------
    Graves, A. (2012). Sequence transduction with recurrent neural networks. arXiv:1211.3711.
    Wu, Y. et al. (2016). Google's neural machine translation system: bridging the gap between
    human and machine translation. arXiv:1609.08144.

    Chapter: 08_seq2seq
    """
    expect_positive("width", width)
    expect_positive("max_length", max_length)
    expect_positive("length_penalty", length_penalty, zero=True)
    tokens = _first(start, state)  # (R,), at first R = B
    _expect_rows(state, len(tokens))
    found: list[list[Hypothesis]] = [[] for _ in tokens]
    owners = list(range(len(tokens)))  # the example of each row, in rising order
    written: list[list[int]] = [[] for _ in tokens]
    totals = torch.zeros(len(tokens), dtype=torch.float64)
    for _ in range(max_length):
        logs, state = _ask(step, tokens, state)  # (R, V)
        totals = totals.unsqueeze(1) + logs  # (R, V), of every continuation
        parents: list[int] = []
        grown: list[list[int]] = []
        sums: list[float] = []
        for example, first, last in _runs(owners):
            best, places = totals[first:last].flatten().sort(descending=True, stable=True)
            chosen = zip(best[:width].tolist(), places[:width].tolist(), strict=True)
            begun = len(sums)
            for total, place in chosen:
                if total == -math.inf:
                    break
                row, token = first + place // logs.shape[1], place % logs.shape[1]
                if token == end:
                    ended = _hypothesis([*written[row], token], total, end, length_penalty)
                    found[example].append(ended)
                else:
                    parents.append(row)
                    grown.append([*written[row], token])
                    sums.append(total)
            if begun < len(sums) and _settled(
                found[example], sums[begun], width, max_length, length_penalty
            ):
                del parents[begun:], grown[begun:], sums[begun:]
        owners, written = [owners[row] for row in parents], grown
        totals = torch.tensor(sums, dtype=torch.float64)
        if not parents:
            break
        state = reorder(state, torch.tensor(parents))
        tokens = tokens.new_tensor([row[-1] for row in written])
    for example, row, total in zip(owners, written, totals.tolist(), strict=True):
        found[example].append(_hypothesis(row, total, end, length_penalty))
    return [_ranked(hypotheses)[:width] for hypotheses in found]


def _settled(
    found: list[Hypothesis], best: float, width: int, max_length: int, length_penalty: float
) -> bool:
    """Say whether no beginning with a log-probability up to `best` can still be ranked."""
    if len(found) < width:
        return False
    # log P only falls, and lp only grows: log P / lp(max_length) is the most there is to come
    bound = length_score(best, max_length, length_penalty)
    return sorted(h.score for h in found)[-width] >= bound


def _runs(owners: list[int]) -> Iterator[tuple[int, int, int]]:
    """Yield each owner with the first of its rows and the one after the last."""
    first = 0
    for row in range(1, len(owners) + 1):
        if row == len(owners) or owners[row] != owners[first]:
            yield owners[first], first, row
            first = row


@torch.no_grad()
def exhaustive(
    step: Step,
    state: Any,
    start: int | Tensor,
    end: int,
    max_length: int,
    length_penalty: float = 0.0,
) -> list[list[Hypothesis]]:
    r"""Return every sequence with a probability above 0, the best first: what searches aim at.

    .. math:: \hat y = \operatorname*{arg\,max}_{y} s(y)
              \quad\text{over all } \sum_{n=1}^{T} (V-1)^{n-1} + (V-1)^{T} \text{ sequences}

    The calls of `step` grow like :math:`V^T`: for small vocabularies and short sequences.

    Parameters
    ----------
    step : callable
        The model: step(tokens (1,), state) returns log-probabilities (1, V) and the next state.
    state : a nest of tensors, batch axis first
        Before the first step, one row per example.
    start : int or Tensor, shape (B,)
        What the first step reads. As an int it serves all B rows of the state.
    end : int
        The token that ends a sequence.
    max_length : int
        The most steps T.
    length_penalty : float
        :math:`\alpha` of `length_score`; 0 ranks by the log-probability.

    Returns
    -------
    list of B lists of Hypothesis
        All of them for each example, the finished ones first, the better score first.

    Raises
    ------
    ValueError
        If `max_length` is not above 0, `length_penalty` is below 0, the state's batch axis is
        not first, what `step` returns are no log-probabilities, or no sequence of an example has
        a probability above 0.

    References
    ----------
    Stahlberg, F., Byrne, B. (2019). On NMT search errors and model errors: cat got your tongue?
    EMNLP-IJCNLP.

    Chapter: 08_seq2seq
    """
    expect_positive("max_length", max_length)
    expect_positive("length_penalty", length_penalty, zero=True)

    def visit(token: Tensor, state: Any, past: list[int], total: float) -> Iterator[Hypothesis]:
        logs, state = _ask(step, token, state)  # (1, V)
        for number, gain in enumerate(logs[0].tolist()):
            if gain == -math.inf:
                continue
            longer = [*past, number]
            if number == end or len(longer) == max_length:
                yield _hypothesis(longer, total + gain, end, length_penalty)
            else:
                yield from visit(token.new_tensor([number]), state, longer, total + gain)

    tokens = _first(start, state)
    _expect_rows(state, len(tokens))
    return [
        _ranked(list(visit(tokens[row], reorder(state, row), [], 0.0)))
        for row in torch.arange(len(tokens)).unsqueeze(1)
    ]


def _hypothesis(written: list[int], total: float, end: int, length_penalty: float) -> Hypothesis:
    finished = written[-1] == end
    score = length_score(total, len(written), length_penalty)
    return Hypothesis(tuple(written[:-1] if finished else written), total, score, finished)


def _ranked(hypotheses: list[Hypothesis]) -> list[Hypothesis]:
    """Sort: finished before cut off, then the better score; equals by their tokens."""
    if not hypotheses:
        raise ValueError("step: expected a sequence with a probability above 0, got none")
    return sorted(hypotheses, key=lambda h: (not h.finished, -h.score, h.tokens))


def _tensors(state: Any) -> Iterator[Tensor]:
    """Yield every tensor of a nest."""
    if isinstance(state, Tensor):
        yield state
    elif isinstance(state, (dict, tuple, list)):
        for value in state.values() if isinstance(state, dict) else state:
            yield from _tensors(value)


def _first(start: int | Tensor, state: Any) -> Tensor:
    """Return what the first step reads, (B,), with B from the state where `start` is one int."""
    if isinstance(start, Tensor) and start.ndim:
        expect_shape("start", start, "B")
        return start
    tensor = next(_tensors(state), None)
    if tensor is None:
        return torch.tensor([int(start)])
    rows = len(tensor) if tensor.ndim else 1
    return torch.full((rows,), int(start), device=tensor.device)


def _expect_rows(state: Any, rows: int) -> None:
    for tensor in _tensors(state):
        if tensor.shape[:1] != (rows,):
            raise ValueError(
                f"state: expected tensors with the batch axis first, of size B = {rows}, "
                f"got shape {tuple(tensor.shape)}"
            )


def _ask(step: Step, tokens: Tensor, state: Any) -> tuple[Tensor, Any]:
    """Call the model; return its log-probabilities on the CPU in float64, and its state."""
    logs, state = step(tokens, state)
    expect_shape("log_probabilities of step", logs, "B V", B=len(tokens))
    _expect_rows(state, len(tokens))
    logs = logs.detach().cpu().double()
    if bool((logs.isnan() | (logs > _ROUNDING)).any()):
        raise ValueError(
            "step: expected log-probabilities, at most 0, as log_softmax returns them, "
            f"got {'NaN' if bool(logs.isnan().any()) else f'{float(logs.max()):.3g}'}"
        )
    return logs, state
