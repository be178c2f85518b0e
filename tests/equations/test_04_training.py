"""Does every display of chapter 4 hold as it is printed?"""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest
import torch
from scipy import integrate
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from rnn_utils import bptt, datasets, rnn, training

CLOSE = {"rtol": 0, "atol": 1e-12}


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def minimise(make, steps, seed=0):
    """What an optimizer of torch does with a given list of gradients."""
    theta = normal(5, seed=seed).requires_grad_()
    optimizer, seen = make([theta]), []
    for k in range(steps):
        theta.grad = normal(5, seed=100 + k)
        optimizer.step()
        seen.append(theta.detach().clone())
    return seen


@pytest.mark.equation("4.1")
@pytest.mark.parametrize("c", [0.05, 0.7, 100.0])
def test_is_the_clipped_update_what_fit_does(c):
    """Do theta and eta g min(1, c / |g|) give the weights that `fit` with SGD gives?"""
    torch.manual_seed(0)
    model = nn.Linear(3, 2).double()
    x, y, eta = normal(6, 3), normal(6, 2, seed=1), 0.3
    twin = copy.deepcopy(model)
    g = torch.autograd.grad(F.mse_loss(twin(x), y), list(twin.parameters()))
    norm = math.sqrt(sum(float((part**2).sum()) for part in g))
    expected = [
        p - eta * part * min(1, c / norm) for p, part in zip(twin.parameters(), g, strict=True)
    ]
    training.fit(
        model,
        [(x, y)],
        loss=training.supervised(F.mse_loss),
        optimizer=torch.optim.SGD(model.parameters(), lr=eta),
        settings=training.Settings(epochs=1, clip=c, progress=False),
    )
    for ours, theirs in zip(expected, model.parameters(), strict=True):
        # torch divides by norm + 1e-6
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)
    assert (norm > c) == (c < 100)


@pytest.mark.equation("4.2")
def test_is_the_mean_square_of_a_unit_the_variance_times_the_squared_length():
    """Does the exact mean over all 2^J sign patterns of weights +-s equal s^2 |x|^2?"""
    x, s = normal(8), 0.37
    signs = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=torch.float64)] * 8)
    a = (s * signs) @ x  # each w_j independent, mean 0, variance s^2
    torch.testing.assert_close((a**2).mean(), s**2 * (x**2).sum(), **CLOSE)
    torch.testing.assert_close((x**2).sum(), x.norm() ** 2, **CLOSE)


@pytest.mark.equation("4.3")
def test_does_one_linear_step_multiply_the_squared_length_by_h_sigma_squared():
    """Does the exact mean over all sign matrices (H = 3) equal H s^2 |h|^2?"""
    h, s, H = normal(3), 0.6, 3
    signs = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=torch.float64)] * 9)
    W = s * signs.reshape(-1, 3, 3)
    mean = ((W @ h) ** 2).sum(1).mean()
    torch.testing.assert_close(mean, H * s**2 * h.norm() ** 2, **CLOSE)


@pytest.mark.equation("4.4")
@pytest.mark.parametrize(("D", "H"), [(3, 7), (64, 64), (10, 2)])
def test_is_this_the_variance_of_torchs_xavier_start(D, H):
    """Are torch's draws those of a normal with variance 2 / (D + H), number by number?"""
    torch.manual_seed(0)
    theirs = nn.init.xavier_normal_(torch.empty(H, D, dtype=torch.float64))
    torch.manual_seed(0)
    ours = torch.empty(H, D, dtype=torch.float64).normal_(0, math.sqrt(2 / (D + H)))
    torch.testing.assert_close(ours, theirs, **CLOSE)


@pytest.mark.equation("4.5")
@pytest.mark.parametrize("H", [2, 16, 100])
def test_is_this_the_variance_of_torchs_default_start(H):
    """Is nn.RNN's start uniform on +-1/sqrt(H), and the variance of that 1/(3H)?"""
    torch.manual_seed(0)
    theirs = nn.RNN(3, H).weight_ih_l0
    torch.manual_seed(0)
    u = 1 / math.sqrt(H)
    torch.testing.assert_close(torch.empty(H, 3).uniform_(-u, u), theirs, rtol=0, atol=0)
    variance, _ = integrate.quad(lambda w: w**2 / (2 * u), -u, u)
    assert variance == pytest.approx(1 / 3 * 1 / H, abs=1e-12)
    assert H * variance == pytest.approx(1 / 3, abs=1e-12)


@pytest.mark.equation("4.6")
def test_does_an_orthogonal_start_keep_every_length():
    """Is W^T W the identity for torch's orthogonal start, and is |W h| = |h|?"""
    torch.manual_seed(0)
    W = nn.init.orthogonal_(torch.empty(20, 20, dtype=torch.float64))
    torch.testing.assert_close(W.T @ W, torch.eye(20, dtype=torch.float64), **CLOSE)
    for seed in range(10):
        h = normal(20, seed=seed)
        torch.testing.assert_close((W @ h).norm(), h.norm(), rtol=0, atol=1e-12)


@pytest.mark.equation("4.7")
def test_is_the_identity_start_an_accumulator_with_a_gate_of_ones():
    """Does nn.RNN with W_hh = I, no bias and ReLU compute it, and autograd the Jacobian?"""
    H, D = 6, 3
    cell = nn.RNNCell(D, H, nonlinearity="relu", dtype=torch.float64)
    nn.init.eye_(cell.weight_hh)
    nn.init.zeros_(cell.bias_hh)
    nn.init.zeros_(cell.bias_ih)
    before, x = normal(H), normal(D, seed=1)
    after = torch.clamp(before + cell.weight_ih @ x, min=0)
    torch.testing.assert_close(after, cell(x[None], before[None])[0], **CLOSE)
    jacobian = torch.autograd.functional.jacobian(lambda h: cell(x[None], h[None])[0], before)
    torch.testing.assert_close(jacobian, torch.diag((after > 0).double()), **CLOSE)
    assert 0 < (after > 0).sum() < H


@pytest.mark.equation("4.8")
def test_is_this_torchs_sgd():
    """Does theta - eta g, step after step, give torch's weights?"""
    theta, eta = normal(5), 0.07
    for k, theirs in enumerate(minimise(lambda p: torch.optim.SGD(p, lr=eta), 20)):
        theta = theta - eta * normal(5, seed=100 + k)
        torch.testing.assert_close(theta, theirs, **CLOSE)


@pytest.mark.equation("4.9")
def test_is_this_torchs_momentum():
    """Do v = mu v + g and theta - eta v give torch's weights?"""
    theta, v, eta, mu = normal(5), torch.zeros(5, dtype=torch.float64), 0.07, 0.9
    make = lambda p: torch.optim.SGD(p, lr=eta, momentum=mu)  # noqa: E731
    for k, theirs in enumerate(minimise(make, 20)):
        v = mu * v + normal(5, seed=100 + k)
        theta = theta - eta * v
        torch.testing.assert_close(theta, theirs, **CLOSE)


@pytest.mark.equation("4.10")
@pytest.mark.equation("4.11")
def test_is_this_torchs_adam():
    """Do the two running means, corrected, give torch's weights and torch's own means?"""
    theta, eta, beta1, beta2, epsilon = normal(5), 0.05, 0.8, 0.97, 1e-6
    m, s = torch.zeros(5, dtype=torch.float64), torch.zeros(5, dtype=torch.float64)
    kept = []

    def make(parameters):
        kept.append(torch.optim.Adam(parameters, lr=eta, betas=(beta1, beta2), eps=epsilon))
        return kept[0]

    for k, theirs in enumerate(minimise(make, 20), start=1):
        g = normal(5, seed=99 + k)
        m = beta1 * m + (1 - beta1) * g
        s = beta2 * s + (1 - beta2) * g**2
        theta = theta - eta * (m / (1 - beta1**k)) / (torch.sqrt(s / (1 - beta2**k)) + epsilon)
        torch.testing.assert_close(theta, theirs, **CLOSE)
    (state,) = kept[0].state.values()
    torch.testing.assert_close(m, state["exp_avg"], **CLOSE)
    torch.testing.assert_close(s, state["exp_avg_sq"], **CLOSE)


@pytest.mark.equation("4.12")
def test_does_each_weight_of_a_parabola_shrink_by_its_own_power():
    """Do k steps of torch's SGD, with autograd, give (1 - eta lambda_i)^k w_i?"""
    curvature, start, eta = torch.tensor([0.2, 1.0, 5.0], dtype=torch.float64), normal(3), 0.3
    w = start.clone().requires_grad_()
    optimizer = torch.optim.SGD([w], lr=eta)
    for k in range(1, 16):
        loss = 0.5 * (curvature * w**2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        torch.testing.assert_close(w.detach(), (1 - eta * curvature) ** k * start, **CLOSE)


@pytest.mark.equation("4.13")
@pytest.mark.parametrize(("low", "high"), [(1.0, 3.0), (0.2, 50.0), (0.01, 0.02)])
def test_is_no_learning_rate_better_than_the_best(low, high):
    """Is rho the smallest worst factor over a fine grid of rates, taken at eta*?"""
    kappa = high / low
    worst = lambda eta: np.maximum(abs(1 - eta * low), abs(1 - eta * high))  # noqa: E731
    best, rho = 2 / (low + high), (kappa - 1) / (kappa + 1)
    assert worst(best) == pytest.approx(rho, abs=1e-12)
    grid = np.linspace(0, 2 / high, 100_001)
    assert worst(grid).min() >= rho - 1e-12
    assert grid[worst(grid).argmin()] == pytest.approx(best, abs=2 * (grid[1] - grid[0]))


@pytest.mark.equation("4.14")
@pytest.mark.parametrize("kappa", [10.0, 100.0, 1000.0])
def test_does_descent_take_that_many_steps(kappa):
    """Is ln(epsilon) / ln(rho), rounded up, the count of a real run, and near kappa/2 ln(1/e)?"""
    epsilon, rho = 1e-4, (kappa - 1) / (kappa + 1)
    curvature = torch.tensor([1.0, kappa], dtype=torch.float64)
    w, steps = torch.ones(2, dtype=torch.float64), 0
    while w.abs().max() > epsilon:
        w, steps = w - 2 / (1 + kappa) * curvature * w, steps + 1
    formula = math.log(epsilon) / math.log(rho)
    assert steps == math.ceil(formula)
    assert kappa / 2 * math.log(1 / epsilon) == pytest.approx(formula, rel=1 / kappa**2)


@pytest.mark.equation("4.15")
@pytest.mark.parametrize(("T", "D", "H"), [(5, 3, 7), (12, 8, 16)])
def test_does_torch_count_as_many_products(T, D, H):
    """Does torch's counter find T H (D + H) multiplications in the recurrent layer?"""
    layer = rnn.RNN(D, H)
    counter = FlopCounterMode(display=False)
    with counter:
        layer(torch.randn(1, T, D))
    forward = counter.get_total_flops()
    assert forward == 2 * T * H * (D + H)  # a product and a sum each
    with counter:
        layer(torch.randn(1, T, D, requires_grad=True))[0].sum().backward()
    # the backward pass: twice that, but for the gradient of h_0, which nobody asks for
    assert counter.get_total_flops() == 3 * forward - 2 * H * H


@pytest.mark.equation("4.16")
@pytest.mark.parametrize(("eta", "curvature"), [(0.3, 1.0), (0.05, 4.0), (1.2, 1.5)])
def test_does_noisy_descent_stand_still_at_the_floor(eta, curvature):
    """Does a noisy step leave that mean square alone, and does any other run into it?"""
    variance = 0.7
    printed = eta * variance / (curvature * (2 - eta * curvature))
    # Weights with that mean square, each with either sign of the noise: a step of torch's SGD.
    sign = torch.tensor([1.0, -1.0], dtype=torch.float64)
    w = (math.sqrt(printed) * sign[:, None] * torch.ones(2).double()).requires_grad_()
    w.grad = curvature * w.detach() + math.sqrt(variance) * sign
    torch.optim.SGD([w], lr=eta).step()
    assert float((w.detach() ** 2).mean()) == pytest.approx(printed, abs=1e-12)
    e = 10.0  # and from anywhere the recursion of the chapter runs into it
    for _ in range(3000):
        e = (1 - eta * curvature) ** 2 * e + eta**2 * variance
    assert e == pytest.approx(printed, abs=1e-12)


@pytest.mark.equation("4.17")
def test_is_the_schedule_torchs_warm_up_and_cosine():
    """Do torch's linear and cosine schedulers, joined, give the same rates?"""
    K, warm, top = 50, 10, 0.3
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=top)
    lift = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: k / warm)
    rates = []
    for _ in range(warm):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        lift.step()
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=top)
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, K - warm)
    for _ in range(warm, K + 1):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        fall.step()
    for k, theirs in enumerate(rates):
        if k < warm:
            ours = top * k / warm
        else:
            ours = top * 0.5 * (1 + math.cos(math.pi * (k - warm) / (K - warm)))
        assert ours == pytest.approx(theirs, abs=1e-12)


@pytest.mark.equation("4.18")
def test_is_this_torchs_batch_normalisation():
    """Do mean and variance over the batch give nn.BatchNorm1d's output?"""
    a, epsilon = 3 * normal(9, 4) + 1, 1e-5
    mu = a.sum(0) / 9
    variance = ((a - mu) ** 2).sum(0) / 9
    ours = (a - mu) / torch.sqrt(variance + epsilon)
    theirs = nn.BatchNorm1d(4, eps=epsilon, dtype=torch.float64)(a)
    torch.testing.assert_close(ours, theirs, **CLOSE)


@pytest.mark.equation("4.19")
def test_is_this_torchs_running_mean():
    """Does the pot, stirred at every use, equal nn.BatchNorm1d's running mean?"""
    norm, r, alpha = nn.BatchNorm1d(4, momentum=0.3, dtype=torch.float64), torch.zeros(4), 0.3
    for use in range(7):
        a = normal(9, 4, seed=use) + use
        norm(a)
        r = (1 - alpha) * r + alpha * a.mean(0)
    torch.testing.assert_close(r, norm.running_mean, **CLOSE)


@pytest.mark.equation("4.20")
def test_is_this_torchs_layer_normalisation():
    """Do mean and variance over the units give nn.LayerNorm's output?"""
    a, epsilon = 3 * normal(5, 8) + 1, 1e-5
    mu = a.sum(1, keepdim=True) / 8
    variance = ((a - mu) ** 2).sum(1, keepdim=True) / 8
    ours = (a - mu) / torch.sqrt(variance + epsilon)
    theirs = nn.LayerNorm(8, eps=epsilon, dtype=torch.float64)(a)
    torch.testing.assert_close(ours, theirs, **CLOSE)


@pytest.mark.equation("4.21")
def test_does_dropout_keep_the_mean_and_bring_that_variance():
    """Are mean and variance exact over all masks, and is m h / q what nn.Dropout returns?"""
    h, q = normal(6), 0.75
    masks = torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=torch.float64)] * 6)
    weight = torch.prod(masks * q + (1 - masks) * (1 - q), 1)  # of each mask
    dropped = masks * h / q
    mean = (weight[:, None] * dropped).sum(0)
    torch.testing.assert_close(mean, h, **CLOSE)
    variance = (weight[:, None] * (dropped - mean) ** 2).sum(0)
    torch.testing.assert_close(variance, (1 - q) / q * h**2, **CLOSE)
    torch.manual_seed(0)
    theirs = nn.Dropout(1 - q)(h.expand(1000, 6))
    torch.testing.assert_close(theirs, (theirs != 0) * h / q, **CLOSE)
    assert float((theirs != 0).double().mean()) == pytest.approx(q, abs=0.03)


@pytest.mark.equation("4.22")
@pytest.mark.parametrize("T", [1, 2, 5])
def test_does_a_bit_survive_as_often_as_printed(T):
    """Does counting all masks of T steps give q^T, and of one mask q?"""
    q = 0.8
    masks = torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=torch.float64)] * T)
    masks = masks.reshape(-1, T)
    weight = torch.prod(masks * q + (1 - masks) * (1 - q), 1)
    held = torch.ones(len(masks), dtype=torch.float64)
    for t in range(T):
        held = torch.tanh(2 * masks[:, t] * held / q)  # a latch, as in the chapter
    assert float(weight[held > 0.5].sum()) == pytest.approx(q**T, abs=1e-12)
    one = torch.tensor([0.0, 1.0], dtype=torch.float64)  # the same mask at all steps
    held = torch.ones(2, dtype=torch.float64)
    for _ in range(T):
        held = torch.tanh(2 * one * held / q)
    survived = torch.tensor([1 - q, q], dtype=torch.float64)[held > 0.5].sum()
    assert float(survived) == pytest.approx(q, abs=1e-12)


@pytest.mark.equation("4.23")
@pytest.mark.parametrize("P", [1, 2, 4])
def test_does_fit_stop_at_that_epoch_and_keep_that_one(P):
    """Do `fit`'s last and best epoch follow the rule on a list of figures?"""
    v = [5.0, 4.0, 4.5, 3.0, 3.5, 3.2, 2.9, 3.0, 3.1, 3.3, 3.4, 2.0]
    for e in range(1, len(v) + 1):
        best = 1 + int(np.argmin(v[:e]))
        if e - best >= P:
            break
    figures = iter(v)
    model = nn.Linear(1, 1)
    history = training.fit(
        model,
        (torch.zeros(4, 1), torch.zeros(4, 1)),
        loss=training.supervised(F.mse_loss),
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1),
        measure=lambda _: {"v": next(figures)},
        settings=training.Settings(
            epochs=len(v), patience=P, monitor="min v", progress=False, batch_size=4
        ),
    )
    assert (len(history), history.best_epoch) == (e, best)


class Generator(nn.Module):
    """A recurrent net that guesses the next number; f reads a whole prefix at once."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.rnn = nn.RNN(1, 5, batch_first=True, dtype=torch.float64)
        self.head = nn.Linear(5, 1, dtype=torch.float64)

    def f(self, *inputs):
        output, _ = self.rnn(torch.stack(inputs)[None, :, None])
        return self.head(output[0, -1])[0]

    def walk(self, inputs_of):
        """Step by step with a carried state; `inputs_of(t, guess)` is what step t reads."""
        state, guess, guesses = None, None, []
        for t in range(1, 10):
            u = inputs_of(t, guess)
            output, state = self.rnn(u.reshape(1, 1, 1), state)
            guess = self.head(output[0, -1])[0]
            guesses.append(guess)
        return torch.stack(guesses)


@pytest.mark.equation("4.24")
def test_is_the_teacher_forced_loss_the_mean_over_true_prefixes():
    """Does reading every true prefix afresh give the loss of one parallel pass?"""
    model, x, T = Generator(), normal(10), 10
    printed = sum((model.f(*x[:t]) - x[t]) ** 2 for t in range(1, T)) / (T - 1)
    output, _ = model.rnn(x[None, :-1, None])  # all steps at once
    torch.testing.assert_close(printed, F.mse_loss(model.head(output)[0, :, 0], x[1:]), **CLOSE)


@pytest.mark.equation("4.25")
def test_does_running_free_read_its_own_words_after_the_context():
    """Does reading context and own words afresh equal the loop with a carried state?"""
    model, x, c = Generator(), normal(10), 4
    walked = model.walk(lambda t, guess: x[t - 1] if t <= c else guess)
    own = {}
    for t in range(c, 10):
        own[t + 1] = model.f(*x[:c], *(own[i] for i in range(c + 1, t + 1)))
        torch.testing.assert_close(own[t + 1], walked[t - 1], **CLOSE)


@pytest.mark.equation("4.26")
@pytest.mark.parametrize("p", [0.0, 0.5, 1.0])
def test_is_scheduled_sampling_between_the_teacher_and_running_free(p):
    """Does the mixture with b = 0 read the truth, with b = 1 its own word, else either?"""
    model, x = Generator(), normal(10)
    torch.manual_seed(3)
    b = torch.bernoulli(torch.full((11,), p, dtype=torch.float64))
    read = []

    def mixed(t, guess):
        read.append((1 - b[t]) * x[t - 1] + b[t] * (x[0] if guess is None else guess))
        return read[-1]

    walked = model.walk(mixed)
    for t in range(2, 10):
        expected = walked[t - 2] if b[t] else x[t - 1]
        torch.testing.assert_close(read[t - 1], expected, **CLOSE)
        torch.testing.assert_close(model.f(*read[:t]), walked[t - 1], **CLOSE)
    assert bool(b.any()) == (p > 0)


@pytest.mark.equation("4.27")
def test_does_scaling_the_loss_and_back_leave_the_gradient():
    """Does autograd give the same gradient, and does float16 lose it without the scale?"""
    theta, s = normal(4).requires_grad_(), 2.0**16
    loss = lambda: (torch.sin(theta) ** 2).sum() * 1e-8  # noqa: E731
    (plain,) = torch.autograd.grad(loss(), theta)
    (scaled,) = torch.autograd.grad(s * loss(), theta)
    torch.testing.assert_close(scaled / s, plain, rtol=1e-12, atol=0)
    assert int((plain.half() == 0).sum()) > 0
    torch.testing.assert_close(scaled.half().double() / s, plain, rtol=2e-3, atol=0)


@pytest.mark.equation("4.28")
@pytest.mark.parametrize("K", [2, 10, 50])
def test_is_the_loss_at_the_start_the_logarithm_of_the_classes(K):
    """Is torch's cross entropy of zero logits -ln(1/K) = ln K?"""
    printed = -math.log(math.exp(0) / sum(math.exp(0) for _ in range(K)))
    theirs = F.cross_entropy(torch.zeros(3, K, dtype=torch.float64), torch.tensor([0, 1, K - 1]))
    assert printed == pytest.approx(theirs.item(), abs=1e-12)
    assert printed == pytest.approx(math.log(K), abs=1e-12)


@pytest.mark.equation("4.29")
def test_does_an_rnn_not_depend_on_later_inputs():
    """Is the whole block of dy_t/dx_s with s > t zero, and not so when read both ways?"""
    x, t = normal(1, 6, 2), 2
    for both in (False, True):
        torch.manual_seed(0)
        layer = rnn.RNN(2, 4, bidirectional=both, dtype=torch.float64)
        jacobian = torch.autograd.functional.jacobian(lambda x: layer(x)[0][0, t], x)  # noqa: B023
        later, earlier = jacobian[:, 0, t + 1 :], jacobian[:, 0, : t + 1]
        assert bool((later == 0).all()) is (not both)
        assert bool((earlier != 0).any())


@pytest.mark.equation("4.30")
@pytest.mark.parametrize("bidirectional", [False, True])
def test_does_padding_leave_the_answer_alone(bidirectional):
    """Is f(pad(x), n) = f(x) for our layer, whatever the padding holds?"""
    torch.manual_seed(0)
    layer = rnn.RNN(2, 4, 2, bidirectional=bidirectional, dtype=torch.float64)
    x = normal(1, 5, 2)
    padded = torch.cat([x, 1e3 * normal(1, 4, 2, seed=1)], 1)
    outputs, state = layer(padded, lengths=torch.tensor([5]))
    torch.testing.assert_close(state, layer(x)[1], **CLOSE)
    torch.testing.assert_close(outputs[:, :5], layer(x)[0], **CLOSE)


@pytest.mark.equation("4.31")
def test_is_always_saying_one_wrong_by_a_sixth():
    """Do the integral over the unit square and the data set itself give 1/12 + 1/12?"""
    value, _ = integrate.dblquad(lambda u, v: (u + v - 1) ** 2, 0, 1, 0, 1)
    assert value == pytest.approx(1 / 12 + 1 / 12, abs=1e-12)
    assert value == pytest.approx(1 / 6, abs=1e-12)
    targets = datasets.load("adding", n=20_000, length=5, seed=0).targets
    assert float(((targets - 1) ** 2).mean()) == pytest.approx(1 / 6, abs=0.005)


def test_is_the_clipping_of_fit_that_of_chapter_3():
    """Does torch's clip, which `fit` calls, equal `bptt.clip_by_norm`?"""
    g = {"a": normal(3, 2).numpy(), "b": normal(4, seed=1).numpy()}
    ours, norm = bptt.clip_by_norm(g, 0.5)
    parameters = [nn.Parameter(torch.zeros(3, 2).double()), nn.Parameter(torch.zeros(4).double())]
    for parameter, name in zip(parameters, "ab", strict=True):
        parameter.grad = torch.tensor(g[name])
    theirs = nn.utils.clip_grad_norm_(parameters, 0.5)
    assert float(theirs) == pytest.approx(norm, abs=1e-12)
    for parameter, name in zip(parameters, "ab", strict=True):
        torch.testing.assert_close(parameter.grad, torch.tensor(ours[name]), rtol=0, atol=1e-6)
