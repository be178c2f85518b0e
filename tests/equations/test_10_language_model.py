"""Does each display of chapter 10, evaluated as it is printed, hold?"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rnn_utils import decoding, deep, metrics, sequences
from rnn_utils import language_model as lm

EXACT = {"rtol": 0, "atol": 1e-12}
V, E, H = 5, 3, 4


@pytest.fixture(params=[0, 1, 2])
def model(request: pytest.FixtureRequest) -> lm.LanguageModel:
    torch.manual_seed(request.param)
    return lm.LanguageModel(V, E, H).double().eval()


@pytest.fixture
def text() -> Tensor:
    return torch.randint(V, (23,), generator=torch.Generator().manual_seed(7))


def conditional(model: lm.LanguageModel, before: list[int]) -> Tensor:
    """P(. | before) from one forward pass."""
    return model(torch.tensor([before]))[0][0, -1].softmax(-1).detach()


def lstm(x: Tensor, h: Tensor, c: Tensor, layer: nn.LSTM) -> tuple[Tensor, Tensor]:
    """One step of an LSTM from its equations, in torch's order i, f, g, o."""
    gates = layer.weight_ih_l0 @ x + layer.bias_ih_l0 + layer.weight_hh_l0 @ h + layer.bias_hh_l0
    i, f, g, o = gates.chunk(4)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


@pytest.mark.equation("10.1")
@pytest.mark.parametrize(("size", "n"), [(2, 2), (2, 4), (3, 3)])
def test_can_a_text_fill_no_larger_share_of_a_table_and_one_text_this_much(
    size: int, n: int
) -> None:
    def share(length: int) -> float:
        return min(length - n + 1, size ** (n - 1)) / size ** (n - 1)

    def seen(text: list[int]) -> float:
        return len(sequences.NGram(n, size).fit(text).contexts) / size ** (n - 1)

    # no text has more, and the best of all texts has as much
    for length in range(n, n + 4):
        texts = itertools.product(range(size), repeat=length)
        most = max(seen(list(text)) for text in texts)
        assert most == pytest.approx(share(length), abs=1e-12)


@pytest.mark.equation("10.2")
def test_do_the_costs_of_all_depths_make_a_distribution(model: lm.LanguageModel) -> None:
    space, s = 2, 3
    read = [0, 1, 4]
    pi, deepest = {}, 6
    for i in range(deepest + 1):
        pi[s + i] = float(conditional(model, read + [space] * i)[space])

    def cost(d: int) -> float:
        return -sum(math.log(pi[s + i]) for i in range(d)) - math.log(1 - pi[s + d])

    for d in range(deepest + 1):
        # the probability of d spaces and one of the symbols that are no space, added up
        chance = sum(
            math.exp(-float(lm_cost(model, [*read, *[space] * d, other], len(read))))
            for other in range(V)
            if other != space
        )
        assert cost(d) == pytest.approx(-math.log(chance), abs=1e-12)


def lm_cost(model: lm.LanguageModel, ids: list[int], first: int) -> Tensor:
    """-log P of ids[first:] after ids[:first]."""
    logs = model(torch.tensor([ids[:-1]]))[0][0].log_softmax(-1)
    return -logs[torch.arange(first - 1, len(ids) - 1), torch.tensor(ids[first:])].sum().detach()


@pytest.mark.equation("10.3", "10.4")
def test_is_a_step_a_look_up_a_recurrence_and_a_softmax(
    model: lm.LanguageModel, text: Tensor
) -> None:
    layer = model.layers[0]
    assert isinstance(layer, nn.LSTM)
    h = c = torch.zeros(H, dtype=torch.float64)
    said = model(text[None])[0][0].softmax(-1)
    for t, w in enumerate(text):
        # s_t = F(s_{t-1}, E_w), y_t = W h_t + b
        h, c = lstm(model.embedding.weight[w], h, c, layer)
        y = model.head.weight @ h + model.head.bias
        for v in range(V):
            p = torch.exp(y[v]) / sum(torch.exp(y[u]) for u in range(V))
            torch.testing.assert_close(p, said[t, v], **EXACT)


@pytest.mark.equation("10.5", "10.6")
def test_does_the_chain_give_a_distribution_over_texts(model: lm.LanguageModel) -> None:
    N, total = 4, 0.0
    for rest in itertools.product(range(V), repeat=N - 1):
        w = [1, *rest]
        product = math.prod(float(conditional(model, w[:t])[w[t]]) for t in range(1, N))
        assert product == pytest.approx(math.exp(-float(lm_cost(model, w, 1))), abs=1e-12)
        total += product
    assert total == pytest.approx(1, abs=1e-12)


@pytest.mark.equation("10.7")
@pytest.mark.parametrize("length", [1, 4, 22, 50])
def test_is_the_loss_the_mean_over_all_but_the_first(
    model: lm.LanguageModel, text: Tensor, length: int
) -> None:
    w, N = text.tolist(), len(text)
    loss = -sum(math.log(conditional(model, w[:t])[w[t]]) for t in range(1, N)) / (N - 1)
    assert lm.nats_per_token(model, text, 1, length) == pytest.approx(loss, abs=1e-12)


@pytest.mark.equation("10.8")
@pytest.mark.parametrize("seed", range(5))
def test_is_the_loss_entropy_and_divergence(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p, q = rng.dirichlet(np.ones(6), size=2)
    entropy = -(p * np.log(p)).sum()
    divergence = (p * np.log(p / q)).sum()
    loss = torch.nn.functional.cross_entropy(torch.tensor(q).log()[None], torch.tensor(p)[None])
    assert entropy + divergence == pytest.approx(loss.item(), abs=1e-12)
    assert divergence > 0
    assert (p * np.log(p / p)).sum() == 0


@pytest.mark.equation("10.9")
def test_does_each_further_symbol_of_a_chain_add_its_entropy() -> None:
    rng = np.random.default_rng(0)
    A = rng.dirichlet(np.ones(3), size=3)
    pi = np.linalg.matrix_power(A, 500)[0]
    rate = -sum(pi[u] * sum(A[u, v] * math.log(A[u, v]) for v in range(3)) for u in range(3))

    def entropy(n: int) -> float:
        total = 0.0
        for word in itertools.product(range(3), repeat=n):
            p = pi[word[0]] * math.prod(A[a, b] for a, b in itertools.pairwise(word))
            total -= p * math.log(p)
        return total

    for n in (1, 2, 5):
        assert entropy(n + 1) - entropy(n) == pytest.approx(rate, abs=1e-12)


@pytest.mark.equation("10.10", "10.11")
@pytest.mark.parametrize(
    ("N", "B", "T"), [(44, 3, 5), (44, 4, 5), (10, 3, 2), (21, 5, 4), (9, 1, 3)]
)
def test_do_streams_lie_where_the_equations_say(N: int, B: int, T: int) -> None:
    w = torch.arange(100, 100 + N)
    S, r = divmod(N - 1, B)
    lengths = [S + (b <= r) for b in range(1, B + 1)]
    assert sum(lengths) == N - 1
    o = [0, *itertools.accumulate(lengths)]
    for n, (X, Y) in enumerate(lm.streams(w, B, T)):
        for b, t in itertools.product(range(B), range(X.shape[1])):
            if n * T + t < lengths[b]:
                assert X[b, t] == w[o[b] + n * T + t]
                assert Y[b, t] == w[o[b] + n * T + t + 1]
            else:
                assert Y[b, t] == lm.NOTHING


@pytest.mark.equation("10.12")
def test_does_a_detached_state_keep_its_value_and_lose_its_past(
    model: lm.LanguageModel, text: Tensor
) -> None:
    first, second = (text[None, :10], text[None, 1:11]), (text[None, 10:20], text[None, 11:21])
    _, _, end = lm.next_token_loss(model, first)
    stopped = tuple(part.detach() for part in end)
    for a, b in zip(end, stopped, strict=True):
        assert torch.equal(a, b)
    cut, _, _ = lm.next_token_loss(model, second, stopped)
    kept, _, _ = lm.next_token_loss(model, second, end)
    assert cut.item() == kept.item()
    assert torch.autograd.grad(cut, end, allow_unused=True, retain_graph=True) == (None, None)
    assert any(part.abs().max() > 0 for part in torch.autograd.grad(kept, end))


@pytest.mark.equation("10.13")
@pytest.mark.parametrize("windows", [1, 2, 5, 9])
def test_does_a_carried_graph_go_back_through_this_many_windows(windows: int) -> None:
    passed = 0

    class Count(torch.autograd.Function):
        @staticmethod
        def forward(ctx: object, x: Tensor) -> Tensor:
            return x.clone()

        @staticmethod
        def backward(ctx: object, g: Tensor) -> Tensor:
            nonlocal passed
            passed += 1
            return g

    for detach, expected in ((False, windows * (windows + 1) // 2), (True, windows)):
        passed = 0
        weight = torch.ones((), requires_grad=True)
        state = torch.ones(())
        for _ in range(windows):
            state = Count.apply(torch.tanh(weight * state))  # one window
            state.backward(retain_graph=True)
            state = state.detach() if detach else state
        assert passed == expected


@pytest.mark.equation("10.14")
@pytest.mark.parametrize("nats", [0.3, 1.6, 4.7])
def test_are_the_units_powers_and_logarithms(nats: float) -> None:
    assert metrics.perplexity(nats) == pytest.approx(math.exp(nats), rel=1e-12)
    assert metrics.bits_per_character(nats) == pytest.approx(nats / math.log(2), rel=1e-12)
    assert math.log2(metrics.perplexity(nats)) == pytest.approx(nats / math.log(2), rel=1e-12)
    # V equal choices have perplexity V
    even = nn.functional.cross_entropy(torch.zeros(1, 7, dtype=torch.float64), torch.tensor([3]))
    assert math.exp(even) == pytest.approx(7, rel=1e-12)


@pytest.mark.equation("10.15")
def test_is_the_mean_over_the_text_weighted_by_tokens(
    model: lm.LanguageModel, text: Tensor
) -> None:
    each, state = [], None
    for X, Y in lm.streams(text, 1, 5):
        mean, count, state = lm.next_token_loss(model, (X, Y), state)
        each.append((mean.item(), int(count)))
    weighted = sum(n * ell for ell, n in each) / sum(n for _, n in each)
    whole = float(lm_cost(model, text.tolist(), 1)) / (len(text) - 1)
    assert weighted == pytest.approx(whole, abs=1e-12)
    assert np.mean([ell for ell, _ in each]) != pytest.approx(whole, abs=1e-4)


@pytest.mark.equation("10.16")
def test_does_the_same_probability_give_both_units() -> None:
    words = ["to", "be", "or", "not", "to", "be"]
    letters = "".join(word + " " for word in words)
    ids = sequences.Vocabulary.from_tokens(letters, padding=None).encode(letters)
    costs = sequences.NGram(1, 12, k=0.5).fit(ids).nats(ids)  # one for each letter
    C, K = len(letters), len(words)
    bpc = metrics.bits_per_character(costs.mean())
    by_word = [
        piece.sum() for piece in np.split(costs, np.flatnonzero(np.array([*letters]) == " ") + 1)
    ]
    assert 2 ** (bpc * C / K) == pytest.approx(math.exp(sum(by_word) / K), rel=1e-12)


@pytest.mark.equation("10.17")
def test_does_spelling_keep_the_chances_of_all_words_below_one() -> None:
    known = {"a": 0.5, "ab": 0.3}
    unknown = 0.2
    letter = {"a": 0.5, "b": 0.2, " ": 0.3}

    def q(word: str) -> float:
        return math.prod(letter[x] for x in word + " ")

    words = ["".join(w) for n in range(13) for w in itertools.product("ab", repeat=n)]
    assert sum(map(q, words)) <= 1
    assert sum(map(q, words)) == pytest.approx(1 - 0.7**13, abs=1e-12)
    total = sum(known.values())
    for word in words:
        if word not in known:
            cost = -math.log(unknown) - math.log(q(word))
            assert cost == pytest.approx(-math.log(unknown * q(word)), abs=1e-12)
            total += math.exp(-cost)
    assert 0.95 < total < 1


@pytest.mark.equation("10.18")
@pytest.mark.parametrize(("v", "e", "h"), [(5, 3, 4), (11, 7, 2)])
def test_are_the_parameters_counted(v: int, e: int, h: int) -> None:
    model = lm.LanguageModel(v, e, h)
    count = v * e + 4 * h * (e + h + 2) + v * (h + 1)
    assert count == sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.equation("10.19")
@pytest.mark.parametrize("variational", [False, True])
def test_does_dropout_stand_where_it_is_printed(variational: bool) -> None:
    torch.manual_seed(0)
    model = lm.LanguageModel(V, 30, 40, dropout=0.4, variational=variational).double().train()
    seen: list[tuple[Tensor, Tensor]] = []
    model.dropout.register_forward_hook(lambda _, x, y: seen.append((x[0], y)))
    tokens, q = torch.randint(V, (2, 6)), 0.6
    y, _ = model(tokens)
    (read, x), (h, shown) = seen
    torch.testing.assert_close(read, model.embedding.weight[tokens], **EXACT)
    for before, after in ((read, x), (h, shown)):
        m = (after != 0).double()
        torch.testing.assert_close(after, m * before / q, **EXACT)
        assert 0.4 < m.mean() < 0.8
        assert bool((m == m[:, :1]).all()) is variational
    W, b = model.head.weight, model.head.bias
    m = (shown != 0).double()
    torch.testing.assert_close(y, (m * h / q) @ W.T + b, **EXACT)
    assert isinstance(model.dropout, deep.VariationalDropout) is variational


@pytest.mark.equation("10.20")
def test_is_a_dropped_word_missing_wherever_it_stands() -> None:
    torch.manual_seed(1)
    table, q = torch.randn(40, 6, dtype=torch.float64), 0.7
    tokens = torch.randint(40, (3, 50))
    x = lm.EmbeddingDropout(1 - q).train()(tokens, table)
    m = {int(w): float((x[tokens == w][0] != 0).any()) for w in tokens.unique()}
    assert 0 < sum(m.values()) < len(m)
    for b, t in np.ndindex(3, 50):
        w = int(tokens[b, t])
        torch.testing.assert_close(x[b, t], m[w] / q * table[w], **EXACT)


@pytest.mark.equation("10.21")
def test_does_the_number_of_missing_tokens_vary_by_this_much() -> None:
    c, q = [4, 1, 2], 0.7
    n = sum(c)

    def variance(sizes: list[int]) -> float:
        """Over all draws of one number for each group, exactly."""
        moments = [0.0, 0.0]
        for kept in itertools.product((0, 1), repeat=len(sizes)):
            chance = math.prod(q if m else 1 - q for m in kept)
            M = sum(size for size, m in zip(sizes, kept, strict=True) if not m)
            moments[0] += chance * M
            moments[1] += chance * M**2
        assert moments[0] == pytest.approx((1 - q) * n, abs=1e-12)
        return moments[1] - moments[0] ** 2

    assert variance(c) == pytest.approx(q * (1 - q) * sum(x**2 for x in c), abs=1e-12)
    assert variance([1] * n) == pytest.approx(q * (1 - q) * n, abs=1e-12)


@pytest.mark.equation("10.22", "10.23")
def test_has_the_gradient_of_a_tied_table_two_parts() -> None:
    torch.manual_seed(0)
    model = lm.LanguageModel(V, H, H, cell="rnn", tied=True).double()
    w = torch.randint(V, (9,))
    x = model.embedding.weight[w[:-1]].detach().requires_grad_()  # read apart from the table
    h = model.layers[0](x[None])[0][0]
    y = h @ model.embedding.weight.T + model.head.bias
    torch.testing.assert_close(y, model(w[None, :-1])[0][0], **EXACT)
    for t, v in np.ndindex(8, V):
        torch.testing.assert_close(
            y[t, v], model.embedding.weight[v] @ h[t] + model.head.bias[v], **EXACT
        )
    loss = nn.functional.cross_entropy(y, w[1:], reduction="sum")
    (delta,) = torch.autograd.grad(loss, x)
    e = y.softmax(-1) - nn.functional.one_hot(w[1:], V)
    writing = sum(torch.outer(e[t], h[t]) for t in range(8))
    reading = sum(torch.outer(nn.functional.one_hot(w[t], V).double(), delta[t]) for t in range(8))
    whole = nn.functional.cross_entropy(model(w[None, :-1])[0][0], w[1:], reduction="sum")
    (gradient,) = torch.autograd.grad(whole, model.embedding.weight)
    torch.testing.assert_close(writing + reading, gradient, **EXACT)


@pytest.mark.equation("10.24", "10.25")
@pytest.mark.parametrize("tau", [0.4, 1.0, 2.5])
def test_does_the_entropy_rise_by_a_variance(tau: float) -> None:
    y = torch.randn(6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    heat = torch.tensor(tau, dtype=torch.float64, requires_grad=True)
    P = torch.exp(y / heat) / torch.exp(y / heat).sum()
    own = y.softmax(0)  # (8.20), on probabilities
    torch.testing.assert_close(P.detach(), own ** (1 / tau) / (own ** (1 / tau)).sum(), **EXACT)
    (slope,) = torch.autograd.grad(-(P * P.log()).sum(), heat)
    variance = (P * y**2).sum() - (P * y).sum() ** 2
    torch.testing.assert_close(slope, (variance / tau**3).detach(), **EXACT)


@pytest.mark.equation("10.26")
@pytest.mark.parametrize("n", [1, 4, 9])
def test_is_a_row_without_a_slip_this_rare(n: int) -> None:
    epsilon = 0.02
    # all rows of slips (1) and none (0), by their probabilities
    rows = itertools.product((0, 1), repeat=n)
    chance = {row: math.prod(epsilon if slip else 1 - epsilon for slip in row) for row in rows}
    assert sum(chance.values()) == pytest.approx(1, abs=1e-12)
    free = sum(p for row, p in chance.items() if not any(row))
    assert free == pytest.approx((1 - epsilon) ** n, abs=1e-12)
    assert round(0.98**100, 2) == 0.13


@pytest.mark.equation("10.27", "10.28")
@pytest.mark.parametrize("seed", range(4))
def test_are_the_kept_symbols_the_fewest_that_reach_the_mass(seed: int) -> None:
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.full(7, 0.6))
    order = np.argsort(-P)
    for k, p in ((1, 0.3), (3, 0.8), (6, 0.97)):
        m = min(j for j in range(1, 8) if P[order[:j]].sum() >= p)
        nucleus, top = set(order[:m].tolist()), set(order[:k].tolist())
        # no set with fewer symbols has as much
        for fewer in itertools.combinations(range(7), m - 1):
            assert P[list(fewer)].sum() < p
        for K, cut in ((top, {"top_k": k}), (nucleus, {"top_p": p})):
            kept = np.array([P[v] * (v in K) / sum(P[u] for u in K) for v in range(7)])
            ours = decoding.truncate(torch.tensor(P).log()[None], **cut).exp()[0]
            np.testing.assert_allclose(ours, kept, **EXACT)
            distance = np.abs(kept - P).sum() / 2
            assert distance == pytest.approx(1 - sum(P[v] for v in K), abs=1e-12)
        assert 1 - P[list(nucleus)].sum() <= 1 - p + 1e-12


@pytest.mark.equation("10.29")
def test_is_the_true_symbol_scored_after_what_the_model_drew(
    model: lm.LanguageModel, text: Tensor
) -> None:
    c, w = 6, text.tolist()
    draws = torch.Generator().manual_seed(0)
    said, state = model.step(text[c - 1 : c], model(text[None, : c - 1])[1])
    own: list[int] = []
    for d in range(1, 9):
        # -log P(w_{c+d} | w_1 .. w_c, own words), by one pass over the whole
        mixed = conditional(model, [*w[:c], *own])
        free = -math.log(mixed[w[c + d - 1]])
        assert -said[0, w[c + d - 1]].item() == pytest.approx(free, abs=1e-12)
        forced = -math.log(conditional(model, w[: c + d - 1])[w[c + d - 1]])
        if d == 1:
            assert free == pytest.approx(forced, abs=1e-12)
        own.append(int(torch.multinomial(said.exp(), 1, generator=draws)))
        said, state = model.step(torch.tensor(own[-1:]), state)
    assert own != w[c : c + 8]
