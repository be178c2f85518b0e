"""Does every display of chapter 1 hold as it is printed?"""

from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np
import pytest
import torch
from scipy import integrate, stats
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence

from rnn_utils import datasets, metrics, sequences

CLOSE = {"rtol": 0, "atol": 1e-12}


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def central(loss, at, step=1e-5):
    """Central differences of `loss` with respect to each number of `at`."""
    slopes = []
    for i in range(len(at)):
        up, down = at.clone(), at.clone()
        up[i] += step
        down[i] -= step
        slopes.append((loss(up) - loss(down)) / (2 * step))
    return torch.stack(slopes)


@pytest.mark.equation("1.1")
def test_is_the_window_model_a_linear_layer():
    """Is the guess from the last T numbers what torch's linear layer computes?"""
    T, x = 9, normal(40)
    layer = torch.nn.Linear(T, 1, dtype=torch.float64)
    w, b = layer.weight[0].tolist(), layer.bias.item()
    inputs, _ = sequences.windows(x, T)  # window n ends at step t = n + T
    for n, theirs in enumerate(layer(inputs)[:, 0].tolist()):
        t = n + T
        ours = b + sum(w[i - 1] * x[t - T + i - 1].item() for i in range(1, T + 1))
        assert ours == pytest.approx(theirs, abs=1e-12)


@pytest.mark.equation("1.2")
def test_is_the_mean_blind_to_order():
    """Is the mean the same for all 120 orders of five steps, in exact fractions of integers?"""
    x = [3, -1, 4, 1, 5]
    T = len(x)
    means = {sum(x[i] for i in pi) / T for pi in itertools.permutations(range(T))}
    assert means == {np.mean(x)}


@pytest.mark.equation("1.3")
def test_do_the_pauses_add_up_to_the_clock():
    """Is each pause the difference of two times, so that the times come back as a running sum?"""
    s = np.cumsum(np.random.default_rng(0).exponential(size=30))
    pauses = [s[t] - s[t - 1] for t in range(1, len(s))]
    np.testing.assert_allclose(s[0] + np.cumsum(pauses), s[1:], rtol=0, atol=1e-12)
    np.testing.assert_allclose(pauses, np.diff(s), rtol=0, atol=0)


@pytest.mark.equation("1.4")
def test_is_the_difference_of_two_places_a_velocity():
    """Is it, for a thrown ball, the derivative of its place half a step earlier?"""
    delta = 0.1
    t = torch.arange(20, dtype=torch.float64) * delta

    def place(t):
        return torch.stack([8 * t, 9 * t - 9.81 / 2 * t**2], dim=1)

    p = place(t)
    v = torch.stack([(p[i] - p[i - 1]) / delta for i in range(1, 20)])
    middle = (t[1:] - delta / 2).requires_grad_()
    exact = torch.stack(
        [torch.autograd.grad(place(middle)[:, axis].sum(), middle)[0] for axis in range(2)],
        dim=1,
    )
    torch.testing.assert_close(v, exact, **CLOSE)


@pytest.mark.equation("1.5")
def test_is_the_loss_the_logarithm_of_the_likelihood():
    """Is the mean negative log the logarithm of the product, and what torch's nll_loss returns?"""
    N = 12
    p = torch.softmax(normal(N, 4), dim=1)
    z = torch.arange(N) % 4
    loss = -sum(math.log(p[i, z[i]]) for i in range(N)) / N
    product = math.prod(p[i, z[i]].item() for i in range(N))
    assert loss == pytest.approx(-math.log(product) / N, abs=1e-12)
    assert loss == pytest.approx(F.nll_loss(p.log(), z).item(), abs=1e-12)


@pytest.mark.equation("1.6")
@pytest.mark.parametrize("seed", range(3))
def test_does_the_chain_rule_of_probability_split_any_joint_distribution(seed):
    """Is a random table over four symbols of three values the product of its conditionals?"""
    joint = np.random.default_rng(seed).random((3, 3, 3, 3))
    joint /= joint.sum()
    for x in itertools.product(range(3), repeat=4):
        product = 1.0
        for t in range(4):
            # p(x_t | x_<t) = p(x_1 .. x_t) / p(x_1 .. x_{t-1})
            product *= joint[x[: t + 1]].sum() / joint[x[:t]].sum()
        assert product == pytest.approx(joint[x], abs=1e-12)


@pytest.mark.equation("1.7")
def test_is_the_softmax_that_of_torch():
    y = normal(6)
    p = [math.exp(y[k]) / sum(math.exp(y[j]) for j in range(6)) for k in range(6)]
    torch.testing.assert_close(torch.tensor(p, dtype=torch.float64), torch.softmax(y, 0), **CLOSE)


@pytest.mark.equation("1.8")
def test_is_the_cross_entropy_that_of_torch():
    """Are both forms of (1.8) torch's cross entropy, for each true class?"""
    y = normal(5)
    for k in range(5):
        printed = -y[k].item() + math.log(sum(math.exp(y[j]) for j in range(5)))
        first = -math.log(torch.softmax(y, 0)[k])
        theirs = F.cross_entropy(y, torch.tensor(k)).item()
        assert printed == pytest.approx(theirs, abs=1e-12)
        assert first == pytest.approx(theirs, abs=1e-12)


@pytest.mark.equation("1.9")
def test_is_the_gradient_of_cross_entropy_what_was_said_minus_what_was_so():
    """Is p_j - [j = k] the derivative by autograd and by central differences?"""
    y = normal(5).requires_grad_()
    for k in range(5):
        p = torch.softmax(y.detach(), 0)
        printed = torch.stack([p[j] - float(j == k) for j in range(5)])
        (graph,) = torch.autograd.grad(F.cross_entropy(y, torch.tensor(k)), y)
        torch.testing.assert_close(printed, graph, **CLOSE)
        slopes = central(lambda at, k=k: F.cross_entropy(at, torch.tensor(k)), y.detach())
        torch.testing.assert_close(printed, slopes, rtol=0, atol=1e-9)


@pytest.mark.equation("1.10")
def test_is_the_gaussian_density_that_of_scipy():
    """Is the bell SciPy's, and is the area under it 1?"""
    guess, sigma = 0.7, 1.3
    grid = np.linspace(-12, 14, 20_001)
    p = np.exp(-((grid - guess) ** 2) / (2 * sigma**2)) / (math.sqrt(2 * math.pi) * sigma)
    np.testing.assert_allclose(p, stats.norm(guess, sigma).pdf(grid), rtol=0, atol=1e-12)
    assert integrate.trapezoid(p, grid) == pytest.approx(1, abs=1e-9)


@pytest.mark.equation("1.11")
def test_is_the_logarithm_of_the_bell_torchs_gaussian_loss():
    z, guess, raw = normal(3, 20).unbind()
    sigma = raw.exp()
    printed = (z - guess) ** 2 / (2 * sigma**2) + sigma.log() + math.log(2 * math.pi) / 2
    density = torch.distributions.Normal(guess, sigma).log_prob(z)
    torch.testing.assert_close(printed, -density, **CLOSE)
    theirs = F.gaussian_nll_loss(guess, z, sigma**2, full=True, reduction="none")
    torch.testing.assert_close(printed, theirs, **CLOSE)


@pytest.mark.equation("1.12")
def test_is_the_laplace_density_that_of_scipy():
    """Is it SciPy's, and is the area under it 1?"""
    guess, beta = -0.4, 0.8
    grid = np.linspace(-30, 30, 400_001)
    p = np.exp(-np.abs(grid - guess) / beta) / (2 * beta)
    np.testing.assert_allclose(p, stats.laplace(guess, beta).pdf(grid), rtol=0, atol=1e-12)
    assert integrate.trapezoid(p, grid) == pytest.approx(1, abs=1e-7)


@pytest.mark.equation("1.13")
def test_is_the_logarithm_of_laplaces_density_an_absolute_error():
    z, guess, raw = normal(3, 20, seed=1).unbind()
    beta = raw.exp()
    printed = (z - guess).abs() / beta + (2 * beta).log()
    theirs = torch.distributions.Laplace(guess, beta).log_prob(z)
    torch.testing.assert_close(printed, -theirs, **CLOSE)


@pytest.mark.equation("1.14")
@pytest.mark.parametrize("seed", range(3))
def test_does_squared_error_want_the_mean(seed):
    """Is the derivative zero at the mean, and the error larger on both sides?"""
    z = normal(31, seed=seed)
    c = torch.tensor(sum(z.tolist()) / len(z), dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(((z - c) ** 2).mean(), c)
    assert abs(slope) < 1e-12
    best = F.mse_loss(c.expand(31), z)
    for away in (-1e-3, 1e-3):
        assert F.mse_loss((c + away).expand(31), z) > best


@pytest.mark.equation("1.15")
@pytest.mark.parametrize("seed", range(3))
def test_does_absolute_error_count_both_sides_and_want_the_median(seed):
    """Is the printed derivative autograd's, and the error lowest where it changes its sign?"""
    z = normal(31, seed=seed)
    for at in (-2.0, -0.3, 0.11, 1.7):
        c = torch.tensor(at, dtype=torch.float64, requires_grad=True)
        (slope,) = torch.autograd.grad((z - c).abs().mean(), c)
        printed = (sum(v < at for v in z.tolist()) - sum(v > at for v in z.tolist())) / len(z)
        assert printed == pytest.approx(slope.item(), abs=1e-12)
    median = np.median(z)
    grid = torch.linspace(-3, 3, 601, dtype=torch.float64)
    errors = (z[:, None] - grid).abs().mean(0)
    assert F.l1_loss(torch.full((31,), median, dtype=torch.float64), z) <= errors.min() + 1e-12


@pytest.mark.equation("1.16")
def test_should_the_claimed_width_be_the_mean_squared_error():
    """Is the slope of the Gaussian loss in sigma zero where sigma² is the mean squared error?"""
    z, guess = normal(2, 40).unbind()
    squared = sum((a - b) ** 2 for a, b in zip(z.tolist(), guess.tolist(), strict=True)) / 40
    sigma = torch.tensor(math.sqrt(squared), dtype=torch.float64, requires_grad=True)
    loss = F.gaussian_nll_loss(guess, z, (sigma**2).expand(40))
    (slope,) = torch.autograd.grad(loss, sigma)
    assert abs(slope) < 1e-12
    for other in (0.99, 1.01):
        assert F.gaussian_nll_loss(guess, z, ((other * sigma) ** 2).expand(40)) > loss


@pytest.mark.equation("1.17")
def test_does_cross_entropy_want_the_shares():
    """Is the gradient zero where the softmax gives the shares, and is that the least loss?"""
    z = torch.tensor([0] * 5 + [1] * 3 + [2] * 2)
    n = Counter(z.tolist())
    p = torch.tensor([n[j] / len(z) for j in range(3)], dtype=torch.float64)
    y = p.log().requires_grad_()  # logits whose softmax is p
    loss = F.cross_entropy(y.expand(10, 3), z)
    (slope,) = torch.autograd.grad(loss, y)
    torch.testing.assert_close(slope, torch.zeros_like(slope), **CLOSE)
    for seed in range(5):
        other = y.detach() + 0.1 * normal(3, seed=seed)
        assert F.cross_entropy(other.expand(10, 3), z) > loss


@pytest.mark.equation("1.18")
def test_is_perplexity_the_exponential_of_the_mean_nats():
    """Is it the package's figure for an n-gram, and the inverse geometric mean of the chances?"""
    ids = [0, 1, 2, 0, 1, 1, 2, 0, 2, 1]
    model = sequences.NGram(2, 3, k=0.5).fit(ids)
    chances = [model.probability(ids[:i], ids[i]) for i in range(1, len(ids))]
    printed = math.exp(-sum(math.log(p) for p in chances) / len(chances))
    assert metrics.perplexity(model.nats(ids).mean()) == pytest.approx(printed, rel=1e-12)
    assert math.prod(chances) ** (-1 / len(chances)) == pytest.approx(printed, rel=1e-12)


@pytest.mark.equation("1.19")
def test_does_one_hot_hold_a_single_one():
    V = 7
    printed = torch.tensor([[float(i == j) for j in range(V)] for i in range(V)])
    torch.testing.assert_close(printed, sequences.one_hot(torch.arange(V), V), rtol=0, atol=0)
    torch.testing.assert_close(printed.long(), F.one_hot(torch.arange(V), V), rtol=0, atol=0)


@pytest.mark.equation("1.20")
def test_is_an_embedding_a_product_with_one_hot():
    """Is the table's transpose times one-hot the row that torch's embedding looks up?"""
    V, E = 7, 3
    layer = torch.nn.Embedding(V, E, dtype=torch.float64)
    M = layer.weight
    for i in range(V):
        onehot = torch.tensor([float(i == j) for j in range(V)], dtype=torch.float64)  # (V,)
        torch.testing.assert_close(M.T @ onehot, layer(torch.tensor(i)), **CLOSE)


@pytest.mark.equation("1.21", "1.22")
@pytest.mark.parametrize(
    ("N", "T", "tau", "s"), [(20, 4, 1, 1), (20, 4, 3, 2), (21, 5, 2, 7), (9, 9, 0, 4)]
)
def test_are_windows_cut_where_the_display_says(N, T, tau, s):
    """Are the steps of each window and target those printed, and is their number?"""
    x = torch.arange(1, N + 1)  # step t holds the number t
    inputs, targets = sequences.windows(x, T, horizon=tau, stride=s)
    assert len(inputs) == math.floor((N - T - tau) / s) + 1
    for n in range(len(inputs)):
        assert inputs[n].tolist() == list(range(n * s + 1, n * s + T + 1))
        assert targets[n].tolist() == list(range(n * s + T + 1, n * s + T + tau + 1))


@pytest.mark.equation("1.23")
def test_is_the_mask_one_up_to_the_length():
    lengths, T = [3, 5, 0, 1], 6
    printed = [[t <= T_b for t in range(1, T + 1)] for T_b in lengths]
    assert sequences.mask(torch.tensor(lengths), T).tolist() == printed


@pytest.mark.equation("1.24")
def test_is_the_masked_loss_the_one_in_which_torch_ignores_padding():
    """Is it also the mean over the unpadded sequences laid end to end?"""
    lengths = torch.tensor([3, 5, 1])
    m = sequences.mask(lengths).double()
    logits = normal(3, 5, 4)
    k = torch.arange(15).view(3, 5) % 4
    nats = F.cross_entropy(logits.movedim(-1, 1), k, reduction="none")
    printed = (m * nats).sum() / m.sum()
    padded = k.masked_fill(m == 0, -100)
    torch.testing.assert_close(
        printed, F.cross_entropy(logits.movedim(-1, 1), padded, ignore_index=-100), **CLOSE
    )
    laid = torch.cat([logits[b, :n] for b, n in enumerate(lengths)])
    answers = torch.cat([k[b, :n] for b, n in enumerate(lengths)])
    torch.testing.assert_close(printed, F.cross_entropy(laid, answers), **CLOSE)


@pytest.mark.equation("1.25", "1.26")
@pytest.mark.parametrize("seed", range(3))
def test_are_packed_batch_sizes_the_sequences_still_running(seed):
    """Is B_t torch's batch_sizes, and is the sum of B_t the number of real steps?"""
    lengths = torch.randint(1, 9, (6,), generator=torch.Generator().manual_seed(seed))
    T = int(lengths.max())
    packed = pack_padded_sequence(
        torch.zeros(6, T), lengths, batch_first=True, enforce_sorted=False
    )
    B_t = [sum(T_b >= t for T_b in lengths.tolist()) for t in range(1, T + 1)]
    assert packed.batch_sizes.tolist() == B_t
    assert sum(B_t) == sum(lengths.tolist()) == len(packed.data)


@pytest.mark.equation("1.27", "1.28")
@pytest.mark.parametrize("s", [1, 4, 7])
def test_are_the_naive_forecasts_the_last_value_and_the_last_season(s):
    """Do forecasts that copy, step by step, the value one season back give the printed formula?"""
    x = np.random.default_rng(0).normal(size=40)
    for t in range(s - 1, 30):
        line = x[: t + 1].tolist()  # known at step t
        for h in range(1, 4 * s + 2):
            line.append(line[-s])  # may copy a forecast
            source = t + h - s * math.ceil(h / s)
            assert 0 <= source <= t
            assert x[source] == line[t + h]  # (1.28)
            if s == 1:
                assert x[t] == line[t + h]  # (1.27)


@pytest.mark.equation("1.29")
def test_is_the_mean_absolute_error_that_of_torch():
    x, guess = normal(2, 17).unbind()
    printed = sum(abs(x[t] - guess[t]).item() for t in range(17)) / 17
    assert printed == pytest.approx(F.l1_loss(guess, x).item(), abs=1e-12)
    assert printed == pytest.approx(metrics.mean_absolute_error(guess, x), abs=1e-12)


@pytest.mark.equation("1.30")
def test_is_the_scaled_error_the_error_over_the_last_seasons():
    """Is it the package's figure on sunspots, for seasons of 1 and of 11 years?"""
    values = datasets.load("sunspots").values
    train, x = values[:240], values[240:]
    guess = np.full(len(x), train.mean())
    N = len(train)
    for s in (1, 11):
        scale = sum(abs(train[t] - train[t - s]) for t in range(s, N)) / (N - s)
        printed = np.abs(x - guess).mean() / scale
        assert metrics.mase(guess, x, train, s) == pytest.approx(printed, rel=1e-12)


@pytest.mark.equation("1.31")
@pytest.mark.parametrize("n", [1, 2, 3])
def test_does_the_n_gram_look_at_n_minus_one_symbols(n):
    """Is p the same for any past with the same last n - 1 symbols, and another for another?"""
    ids = np.random.default_rng(0).integers(0, 3, 400).tolist()
    model = sequences.NGram(n, 3).fit(ids)
    for recent in itertools.product(range(3), repeat=n - 1):
        pasts = [[*older, *recent] for older in itertools.product(range(3), repeat=2)]
        assert len({model.probability(past, 1) for past in pasts}) == 1
    if n > 1:
        seen = {model.probability([0] * (n - 2) + [last], 1) for last in range(3)}
        assert len(seen) == 3


@pytest.mark.equation("1.32", "1.33")
@pytest.mark.parametrize("k", [0.0, 0.01, 1.0])
def test_are_the_chances_of_the_n_gram_its_counts(k):
    """Is p the printed ratio of counts, and a distribution?"""
    n, V = 3, 4
    ids = np.random.default_rng(1).integers(0, V, 300).tolist()
    pairs = Counter(tuple(ids[i : i + n]) for i in range(len(ids) - n + 1))
    model = sequences.NGram(n, V, k).fit(ids)
    for c in itertools.product(range(V), repeat=n - 1):
        total = sum(pairs[(*c, x)] for x in range(V))
        for x in range(V):
            smoothed = (pairs[(*c, x)] + k) / (total + k * V)
            assert model.probability(c, x) == pytest.approx(smoothed, abs=1e-12)
            if k == 0:
                assert smoothed == pytest.approx(pairs[(*c, x)] / total, abs=1e-12)
        assert sum(model.probability(c, x) for x in range(V)) == pytest.approx(1, abs=1e-12)


@pytest.mark.equation("1.34")
@pytest.mark.parametrize(("V", "n"), [(2, 5), (3, 4), (7, 2)])
def test_is_the_number_of_rows_v_to_the_n(V, n):
    """Does a text that holds every run of n symbols fill V^n rows, and no text more?"""
    every = list(itertools.product(range(V), repeat=n))
    model = sequences.NGram(n, V).fit(list(itertools.chain(*every)))
    assert len(model.pairs) == len(every) == V**n


@pytest.mark.equation("1.35")
def test_does_one_rule_fold_a_sequence_of_any_length():
    """Is torch's RNN a fold: one rule, applied step by step to the state and the step?"""
    layer = torch.nn.RNN(2, 3, batch_first=True, dtype=torch.float64)
    cell = torch.nn.RNNCell(2, 3, dtype=torch.float64)  # f
    for name, weight in cell.named_parameters():
        weight.data = layer.get_parameter(f"{name}_l0").data
    for T in (1, 4, 60):
        x, s = normal(1, T, 2, seed=T), torch.zeros(1, 3, dtype=torch.float64)
        for t in range(T):
            s = cell(x[:, t], s)
        torch.testing.assert_close(s, layer(x)[1][0], **CLOSE)


@pytest.mark.equation("1.36", "1.37")
@pytest.mark.parametrize("alpha", [0.3, 0.8, 0.99])
def test_does_the_fading_average_weigh_each_step_by_its_age(alpha):
    """Is the recursion the printed sum, and is the weight of a step autograd's derivative?"""
    T, s_0 = 25, 1.7
    x = normal(T).requires_grad_()
    s = torch.tensor(s_0, dtype=torch.float64)
    for t in range(T):
        s = alpha * s + (1 - alpha) * x[t]
    printed = alpha**T * s_0 + (1 - alpha) * sum(
        alpha ** (T - t) * x[t - 1] for t in range(1, T + 1)
    )
    torch.testing.assert_close(s, printed, **CLOSE)
    (slope,) = torch.autograd.grad(s, x)
    weights = [(1 - alpha) * alpha ** (T - t) for t in range(1, T + 1)]
    torch.testing.assert_close(slope, torch.tensor(weights, dtype=torch.float64), **CLOSE)
