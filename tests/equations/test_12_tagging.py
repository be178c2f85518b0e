"""Does each display of chapter 12, evaluated as it is printed, hold?"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rnn_utils import metrics, tagging
from rnn_utils.sequences import mask

T, K = 4, 3
EXACT = {"rtol": 0, "atol": 1e-12}
PATHS = list(itertools.product(range(K), repeat=T))


class Chain:
    """Random scores, every path and its probability by counting; indices from 0."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.rng = rng
        self.e, self.A = rng.normal(size=(T, K)), rng.normal(size=(K, K))
        self.a, self.b = rng.normal(size=K), rng.normal(size=K)
        # the weight of a path as a product, with no score and no logarithm
        weights = []
        for y in PATHS:
            weight = np.exp(self.a[y[0]]) * np.exp(self.b[y[-1]])
            for t in range(T):
                weight *= np.exp(self.e[t, y[t]])
                if t:
                    weight *= np.exp(self.A[y[t - 1], y[t]])
            weights.append(weight)
        self.weights = np.array(weights)
        self.Z = self.weights.sum()
        self.P = self.weights / self.Z
        self.y = PATHS[rng.integers(len(PATHS))]

    def score(self, y: tuple[int, ...]) -> float:
        """The sum (12.6)."""
        s = self.a[y[0]] + self.b[y[-1]]
        s += sum(self.e[t, y[t]] for t in range(T))
        return s + sum(self.A[y[t - 1], y[t]] for t in range(1, T))

    def crf(self) -> tagging.LinearChainCRF:
        crf = tagging.LinearChainCRF(K).double()
        with torch.no_grad():
            crf.transitions.copy_(torch.tensor(self.A))
            crf.start.copy_(torch.tensor(self.a))
            crf.end.copy_(torch.tensor(self.b))
        return crf

    def emissions(self) -> Tensor:
        return torch.tensor(self.e)[None]

    def marginal(self, t: int, k: int) -> float:
        return sum(p for p, y in zip(self.P, PATHS, strict=True) if y[t] == k)

    def pair(self, t: int, j: int, k: int) -> float:
        return sum(p for p, y in zip(self.P, PATHS, strict=True) if y[t - 1] == j and y[t] == k)

    def alpha(self) -> np.ndarray:
        """The recursion (12.12)."""
        alpha = np.zeros((T, K))
        for t, k in itertools.product(range(T), range(K)):
            alpha[t, k] = (
                self.a[k] + self.e[0, k]
                if t == 0
                else self.e[t, k]
                + math.log(sum(math.exp(alpha[t - 1, j] + self.A[j, k]) for j in range(K)))
            )
        return alpha

    def beta(self) -> np.ndarray:
        """The recursion (12.15)."""
        beta = np.zeros((T, K))
        beta[-1] = self.b
        for t in reversed(range(T - 1)):
            for j in range(K):
                ways = self.A[j] + self.e[t + 1] + beta[t + 1]
                beta[t, j] = math.log(sum(math.exp(way) for way in ways))
        return beta


@pytest.fixture(params=[0, 1, 2])
def chain(request: pytest.FixtureRequest) -> Chain:
    return Chain(request.param)


@pytest.mark.equation("12.1")
def test_is_the_best_tag_of_a_step_that_of_the_largest_sum(chain: Chain) -> None:
    by_sum = np.zeros((T, K))
    for p, y in zip(chain.P, PATHS, strict=True):
        for t in range(T):
            by_sum[t, y[t]] += p
    theirs = chain.crf().marginals(chain.emissions())[0].detach().numpy()
    np.testing.assert_allclose(by_sum, theirs, **EXACT)
    # no other answer has more right tags on average
    right = [
        sum(
            p * sum(a == b for a, b in zip(y, guess, strict=True))
            for p, y in zip(chain.P, PATHS, strict=True)
        )
        for guess in PATHS
    ]
    assert PATHS[int(np.argmax(right))] == tuple(by_sum.argmax(1))


@pytest.mark.equation("12.2")
@pytest.mark.parametrize("seed", range(2))
def test_are_the_emissions_a_map_of_both_states(seed: int) -> None:
    torch.manual_seed(seed)
    model = tagging.Tagger(7, 4, 5, K, cell="gru").double()
    tokens = torch.randint(1, 7, (2, 6))
    x = model.embedding(tokens)
    one_way = nn.GRU(4, 5, batch_first=True).double()
    other_way = nn.GRU(4, 5, batch_first=True).double()
    ours = dict(model.layer.named_parameters())
    with torch.no_grad():
        for name, weight in one_way.named_parameters():
            weight.copy_(ours[name])
        for name, weight in other_way.named_parameters():
            weight.copy_(ours[f"{name}_reverse"])
    forth = one_way(x)[0]
    back = other_way(x.flip(1))[0].flip(1)
    W, d = model.head.weight, model.head.bias
    assert W.shape == (K, 2 * 5)
    assert d.shape == (K,)
    for n, t in itertools.product(range(2), range(6)):
        e_t = W @ torch.cat([forth[n, t], back[n, t]]) + d
        torch.testing.assert_close(e_t, model(tokens)[n, t], **EXACT)


@pytest.mark.equation("12.3", "12.4")
def test_is_a_softmax_at_each_step_a_product_whose_best_path_is_made_of_the_best_tags(
    chain: Chain,
) -> None:
    P0 = [
        math.prod(
            math.exp(chain.e[t, y[t]]) / sum(math.exp(v) for v in chain.e[t]) for t in range(T)
        )
        for y in PATHS
    ]
    logits = torch.tensor(chain.e)
    for p, y in zip(P0, PATHS, strict=True):
        nats = nn.functional.cross_entropy(logits, torch.tensor(y), reduction="sum")
        assert abs(p - math.exp(-nats)) < 1e-12
    assert PATHS[int(np.argmax(P0))] == tuple(int(row.argmax()) for row in chain.e)


@pytest.mark.equation("12.5")
@pytest.mark.parametrize("seed", range(2))
def test_is_the_price_of_independence_a_mean_divergence(seed: int) -> None:
    rng = np.random.default_rng(seed)
    reports = rng.dirichlet(np.ones(5))  # P(x)
    given = rng.dirichlet(np.ones(len(PATHS)) / 4, size=5)  # P(y | x)
    steps = np.zeros((5, T, K))
    for n, y in enumerate(PATHS):
        for t in range(T):
            steps[:, t, y[t]] += given[:, n]

    def entropy(p: np.ndarray) -> np.ndarray:
        return -(p * np.log(p)).sum(-1)

    left = (reports * (entropy(steps).sum(1) - entropy(given))).sum()
    product = np.array([[row[range(T), y].prod() for y in PATHS] for row in steps])
    right = (reports[:, None] * given * np.log(given / product)).sum()
    assert abs(left - right) < 1e-12
    assert right >= 0
    # and no product does better than that of the marginals
    for other in rng.dirichlet(np.ones(K), size=(20, 5, T)):
        worse = np.array([[row[range(T), y].prod() for y in PATHS] for row in other])
        assert (reports[:, None] * given * np.log(given / worse)).sum() >= right


@pytest.mark.equation("12.6", "12.7", "12.8")
def test_is_the_loss_the_log_partition_less_the_score(chain: Chain) -> None:
    crf = chain.crf()
    scores = np.array([chain.score(y) for y in PATHS])
    theirs = crf.score(chain.emissions().expand(len(PATHS), -1, -1), torch.tensor(PATHS))
    np.testing.assert_allclose(scores, theirs.detach(), **EXACT)
    np.testing.assert_allclose(np.exp(scores), chain.weights, rtol=1e-12)
    Z = np.exp(scores).sum()
    np.testing.assert_allclose(np.exp(scores) / Z, chain.P, **EXACT)
    loss = math.log(Z) - chain.score(chain.y)
    assert abs(loss + math.log(chain.P[PATHS.index(chain.y)])) < 1e-12
    nll = crf.nll(chain.emissions(), torch.tensor([chain.y]))
    assert abs(loss - T * nll.item()) < 1e-12


@pytest.mark.equation("12.9")
@pytest.mark.parametrize("seed", range(2))
def test_is_a_hidden_markov_model_a_crf(seed: int) -> None:
    rng = np.random.default_rng(seed)
    start, move = rng.dirichlet(np.ones(K)), rng.dirichlet(np.ones(K), size=K)
    hear = rng.dirichlet(np.ones(5), size=K)  # P(x_t | y_t)
    x = rng.integers(5, size=T)
    crf = tagging.LinearChainCRF(K).double()
    with torch.no_grad():
        crf.start.copy_(torch.tensor(np.log(start)))
        crf.transitions.copy_(torch.tensor(np.log(move)))
    e = torch.tensor(np.log(hear[:, x].T))[None]
    joint = []
    for y in PATHS:
        p = start[y[0]] * math.prod(move[y[t - 1], y[t]] for t in range(1, T))
        joint.append(p * math.prod(hear[y[t], x[t]] for t in range(T)))
    scores = crf.score(e.expand(len(PATHS), -1, -1), torch.tensor(PATHS)).detach()
    np.testing.assert_allclose(scores.exp(), joint, **EXACT)
    np.testing.assert_allclose(crf.log_partition(e).item(), math.log(sum(joint)), **EXACT)


@pytest.mark.equation("12.10")
def test_can_scores_move_from_the_emissions_to_the_transitions(chain: Chain) -> None:
    before, kept = chain.crf(), chain.emissions()
    e, A = chain.e.copy(), chain.A.copy()
    u, w = chain.rng.normal(size=(2, K))
    for k in range(K):
        chain.e[:, k] = e[:, k] - u[k] - w[k]
        chain.a[k] += u[k]
        chain.b[k] += w[k]
        for j in range(K):
            chain.A[j, k] = A[j, k] + u[k] + w[j]
    # the same score for every path, so the package's own sum and marginals stay as they were
    paths = torch.tensor(PATHS)
    scores = before.score(kept.expand(len(PATHS), -1, -1), paths).detach()
    np.testing.assert_allclose([chain.score(y) for y in PATHS], scores, **EXACT)
    after, moved = chain.crf(), chain.emissions()
    torch.testing.assert_close(after.log_partition(moved), before.log_partition(kept), **EXACT)
    torch.testing.assert_close(after.marginals(moved), before.marginals(kept), **EXACT)
    # no entry of A is determined, and what the text names is
    for j, k in itertools.product(range(1, K), repeat=2):
        assert abs(chain.A[j, k] - A[j, k]) > 1e-3
        both = [B[j, k] - B[j, 0] - B[0, k] + B[0, 0] for B in (A, chain.A)]
        assert abs(both[0] - both[1]) < 1e-12


@pytest.mark.equation("12.11", "12.12", "12.13")
def test_does_the_forward_recursion_sum_every_way_into_a_tag(chain: Chain) -> None:
    alpha = chain.alpha()
    for t, k in itertools.product(range(T), range(K)):
        total = 0.0
        for past in itertools.product(range(K), repeat=t):
            y = (*past, k)
            z = chain.a[y[0]] + sum(chain.e[i, y[i]] for i in range(t + 1))
            total += math.exp(z + sum(chain.A[y[i - 1], y[i]] for i in range(1, t + 1)))
        assert abs(math.log(total) - alpha[t, k]) < 1e-12
    log_Z = math.log(sum(math.exp(alpha[-1, k] + chain.b[k]) for k in range(K)))
    assert abs(log_Z - math.log(chain.Z)) < 1e-12


@pytest.mark.equation("12.14")
def test_is_a_log_of_a_sum_safe_with_the_largest_term_taken_out() -> None:
    z = np.array([1e4, 1e4 - 1.0, -1e4])
    m = max(z)
    out = m + math.log(sum(math.exp(v - m) for v in z))
    assert abs(out - torch.logsumexp(torch.tensor(z), 0).item()) < 1e-9
    small = np.random.default_rng(0).normal(size=6)
    m = max(small)
    out = m + math.log(sum(math.exp(v - m) for v in small))
    assert abs(out - math.log(sum(math.exp(v) for v in small))) < 1e-12


@pytest.mark.equation("12.15", "12.16", "12.17")
def test_do_ways_in_and_ways_out_give_the_marginals(chain: Chain) -> None:
    alpha, beta, log_Z = chain.alpha(), chain.beta(), math.log(chain.Z)
    for t, k in itertools.product(range(T), range(K)):
        assert abs(math.exp(alpha[t, k] + beta[t, k] - log_Z) - chain.marginal(t, k)) < 1e-12
    for t, j, k in itertools.product(range(1, T), range(K), range(K)):
        z = alpha[t - 1, j] + chain.A[j, k] + chain.e[t, k] + beta[t, k] - log_Z
        assert abs(math.exp(z) - chain.pair(t, j, k)) < 1e-12


@pytest.mark.equation("12.18", "12.19", "12.20")
def test_are_the_gradients_beliefs_less_truth(chain: Chain) -> None:
    crf, e = chain.crf(), chain.emissions().requires_grad_(True)
    (slope,) = torch.autograd.grad(crf.log_partition(e).sum(), e)
    loss = T * crf.nll(e, torch.tensor([chain.y]))
    by_e, by_A = torch.autograd.grad(loss, [e, crf.transitions])
    for t, k in itertools.product(range(T), range(K)):
        through = sum(w for w, y in zip(chain.weights, PATHS, strict=True) if y[t] == k)
        assert abs(through / chain.Z - slope[0, t, k].item()) < 1e-12
        assert abs(chain.marginal(t, k) - slope[0, t, k].item()) < 1e-12
        error = chain.marginal(t, k) - (chain.y[t] == k)
        assert abs(error - by_e[0, t, k].item()) < 1e-12
    for j, k in itertools.product(range(K), range(K)):
        total = sum(
            chain.pair(t, j, k) - (chain.y[t - 1] == j and chain.y[t] == k) for t in range(1, T)
        )
        assert abs(total - by_A[j, k].item()) < 1e-12


@pytest.mark.equation("12.21", "12.22")
def test_does_viterbi_find_the_best_of_all_paths(chain: Chain) -> None:
    v, psi = np.zeros((T, K)), np.zeros((T, K), dtype=int)
    for t, k in itertools.product(range(T), range(K)):
        if t == 0:
            v[t, k] = chain.a[k] + chain.e[t, k]
            continue
        ways = [v[t - 1, j] + chain.A[j, k] for j in range(K)]
        v[t, k], psi[t, k] = chain.e[t, k] + max(ways), int(np.argmax(ways))
    path = [int(np.argmax([v[-1, k] + chain.b[k] for k in range(K)]))]
    for t in reversed(range(1, T)):
        path.insert(0, int(psi[t, path[0]]))
    assert tuple(path) == PATHS[int(chain.P.argmax())]
    assert chain.crf().viterbi(chain.emissions())[0].tolist() == path


@pytest.mark.equation("12.23")
def test_is_a_maximum_the_cold_end_of_a_sum() -> None:
    rng = np.random.default_rng(0)
    for n, tau in itertools.product((1, 3, 50), (2.0, 0.3, 0.01)):
        for z in rng.normal(size=(20, n)):
            soft = tau * torch.logsumexp(torch.tensor(z / tau), 0).item()
            assert max(z) - 1e-12 <= soft <= max(z) + tau * math.log(n) + 1e-12
    # both bounds are reached: by one term, and by equal ones
    assert abs(0.5 * math.log(7 * math.exp(3 / 0.5)) - (3 + 0.5 * math.log(7))) < 1e-12


@pytest.mark.equation("12.24")
def test_is_an_expected_figure_a_sum_of_marginals_or_one_probability(chain: Chain) -> None:
    for guess in PATHS[::7]:
        tags = sum(
            p * sum(a == b for a, b in zip(guess, y, strict=True))
            for p, y in zip(chain.P, PATHS, strict=True)
        )
        assert abs(tags - sum(chain.marginal(t, guess[t]) for t in range(T))) < 1e-12
        whole = sum(p * (guess == y) for p, y in zip(chain.P, PATHS, strict=True))
        log_p = -T * chain.crf().nll(chain.emissions(), torch.tensor([guess])).item()
        assert abs(whole - math.exp(log_p)) < 1e-12


@pytest.mark.equation("12.25")
@pytest.mark.parametrize("seed", range(2))
def test_does_the_mask_hold_alpha_still(seed: int) -> None:
    torch.manual_seed(seed)
    crf = tagging.LinearChainCRF(K).double()
    for weight in crf.parameters():
        nn.init.normal_(weight)
    e, lengths = torch.randn(3, 5, K, dtype=torch.float64), torch.tensor([5, 2, 1])
    m = mask(lengths, 5).double()
    alpha = crf.start + e[:, 0]
    for t in range(1, 5):
        new = e[:, t] + torch.logsumexp(alpha[:, :, None] + crf.transitions, dim=1)
        alpha = m[:, t, None] * new + (1 - m[:, t, None]) * alpha
    log_Z = torch.logsumexp(alpha + crf.end, dim=1)
    for row, n in enumerate(lengths.tolist()):
        alone = crf.log_partition(e[row : row + 1, :n])[0]
        torch.testing.assert_close(log_Z[row], alone, **EXACT)


@pytest.mark.equation("12.26")
@pytest.mark.parametrize("kinds", [1, 2])
def test_do_powers_of_a_matrix_count_the_allowed_sequences(kinds: int) -> None:
    names = ["O", *(f"{mark}-{kind}" for kind in "xy"[:kinds] for mark in "BI")]
    allowed, first, _ = tagging.bio_constraints(names)
    C, f = allowed.long().numpy(), first.long().numpy()
    for steps in range(1, 6):
        N = f @ np.linalg.matrix_power(C, steps - 1) @ np.ones(len(names), dtype=int)
        fine = 0
        for y in itertools.product(names, repeat=steps):
            before = ("O", *y[:-1])
            fine += all(
                not b.startswith("I") or a in (f"B{b[1:]}", b)
                for a, b in zip(before, y, strict=True)
            )
        assert fine == N


@pytest.mark.equation("12.27")
def test_is_forbidding_the_same_as_conditioning(chain: Chain) -> None:
    crf = chain.crf()
    allowed = torch.tensor([[True, True, False], [True, False, True], [True, True, True]])
    crf.forbid(allowed)
    fine = np.array([all(allowed[y[t - 1], y[t]] for t in range(1, T)) for y in PATHS])
    assert 0 < fine.sum() < len(PATHS)
    Z_V = math.exp(crf.log_partition(chain.emissions()).item())
    assert abs(Z_V / chain.Z - chain.P[fine].sum()) < 1e-12
    for n in np.flatnonzero(fine):
        p = math.exp(chain.score(PATHS[n])) / Z_V
        assert abs(p - chain.P[n] / chain.P[fine].sum()) < 1e-12
        nll = crf.nll(chain.emissions(), torch.tensor([PATHS[n]])).item()
        assert abs(p - math.exp(-T * nll)) < 1e-12


@pytest.mark.equation("12.28")
@pytest.mark.parametrize("seed", range(3))
def test_is_f1_twice_the_common_spans_over_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = np.array(["O", "B-x", "I-x", "B-y", "I-y"])
    said, true = (names[rng.integers(5, size=(30, 8))].tolist() for _ in range(2))
    S_hat, S = (
        {(n, *span) for n, row in enumerate(rows) for span in metrics.spans(row)}
        for rows in (said, true)
    )
    P, R = len(S_hat & S) / len(S_hat), len(S_hat & S) / len(S)
    score = metrics.span_f1(said, true)
    assert abs(P - score.precision) < 1e-12
    assert abs(R - score.recall) < 1e-12
    assert 0 < score.f1 < 1
    assert abs(2 * P * R / (P + R) - score.f1) < 1e-12
    assert abs(2 * len(S_hat & S) / (len(S_hat) + len(S)) - score.f1) < 1e-12


@pytest.mark.equation("12.29")
@pytest.mark.parametrize("seed", range(2))
def test_is_a_word_its_row_and_the_two_last_states_of_its_letters(seed: int) -> None:
    torch.manual_seed(seed)
    model = tagging.Tagger(6, 4, 5, K, characters=9, cell="gru").double()
    read: list[Tensor] = []
    model.dropout.register_forward_pre_hook(lambda _, inputs: read.append(inputs[0]))
    words, letters = torch.tensor([[2, 5]]), torch.tensor([[[3, 4, 0], [8, 1, 2]]])
    model(words, [2], letters)
    assert model.spelling is not None
    layer, table = model.spelling.layer, model.spelling.embedding
    forth, back = (nn.GRU(16, 16, batch_first=True).double() for _ in range(2))
    with torch.no_grad():
        for (name, weight), (_, other) in zip(
            forth.named_parameters(), back.named_parameters(), strict=True
        ):
            weight.copy_(getattr(layer, name))
            other.copy_(getattr(layer, f"{name}_reverse"))
    for t, m in enumerate((2, 3)):
        c = table(letters[:, t, :m])
        g = [forth(c)[1][-1, 0], back(c.flip(1))[1][-1, 0]]
        x_t = torch.cat([model.embedding.weight[words[0, t]], *g])
        torch.testing.assert_close(read[0][0, t], x_t, **EXACT)


@pytest.mark.equation("12.30")
def test_is_the_probability_of_tags_the_sum_over_their_states() -> None:
    # states 0 .. 3 stand for O, B, I1, I2; g takes both last ones to the tag I
    torch.manual_seed(0)
    g = (0, 1, 2, 2)
    rng = np.random.default_rng(0)
    crf = tagging.LinearChainCRF(4).double()
    for weight in crf.parameters():
        nn.init.normal_(weight)
    e = torch.tensor(rng.normal(size=(1, 3, 4)))
    states = list(itertools.product(range(4), repeat=3))
    for y in itertools.product(range(3), repeat=3):
        over = [z for z in states if tuple(g[s] for s in z) == y]
        P = sum(math.exp(-3 * crf.nll(e, torch.tensor([z])).item()) for z in over)
        # the same by clamping: only states of the wanted tag are left at each step
        wanted = torch.tensor([[g[s] == tag for s in range(4)] for tag in y])[None]
        clamped = crf.log_partition(e.masked_fill(~wanted, -math.inf))
        other = math.exp(clamped.item() - crf.log_partition(e).item())
        assert abs(P - other) < 1e-12
