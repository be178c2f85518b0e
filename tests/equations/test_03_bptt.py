"""Does each display of chapter 3, evaluated as it is printed, hold?"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from torch import nn

from rnn_utils import bptt

D, H, K, T, B = 3, 5, 4, 6, 4
EXACT = {"rtol": 0, "atol": 1e-12}


@pytest.fixture(params=[0, 1])
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    return np.random.default_rng(request.param)


class Witness:
    """One example with every value of the forward pass recorded by autograd; indices from 1."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.p = bptt.Parameters.draw(D, H, K, seed=int(rng.integers(1000)))
        self.w = {n: torch.tensor(a, requires_grad=True) for n, a in self.p.arrays().items()}
        self.x = torch.tensor(rng.normal(size=(T + 1, D)), requires_grad=True)
        self.c = rng.integers(K, size=T + 1)
        self.h = [torch.tensor(rng.normal(size=H) / 2, requires_grad=True)]
        self.a: list[torch.Tensor] = [self.h[0]]
        self.y: list[torch.Tensor] = [self.h[0]]
        for t in range(1, T + 1):
            past = self.w["weight_hh"] @ self.h[t - 1] + self.w["bias_hh"]
            self.a.append(self.w["weight_ih"] @ self.x[t] + self.w["bias_ih"] + past)
            self.h.append(torch.tanh(self.a[t]))
            self.y.append(self.w["weight_hy"] @ self.h[t] + self.w["bias_y"])
        for tensor in [*self.a[1:], *self.h[1:], *self.y[1:]]:
            tensor.retain_grad()
        self.losses = [
            nn.functional.cross_entropy(self.y[t][None], torch.tensor(self.c[t : t + 1]))
            for t in range(1, T + 1)
        ]
        self.loss = torch.stack(self.losses).sum()
        self.loss.backward(retain_graph=True)
        # copies: a later autograd.grad through the same graph would write into .grad again
        self.totals = [tensor.grad.numpy().copy() for tensor in self.h]
        self.errors = [tensor.grad.numpy().copy() for tensor in self.y]
        self.deltas = [tensor.grad.numpy().copy() for tensor in self.a]

    def grad(self, name: str) -> np.ndarray:
        return self.w[name].grad.numpy()

    def state(self, t: int) -> np.ndarray:
        return self.h[t].detach().numpy()

    def error(self, t: int) -> np.ndarray:
        """The derivative by the logits, from autograd."""
        return self.errors[t]

    def delta(self, t: int) -> np.ndarray:
        """The derivative by the pre-activation, from autograd; 0 beyond the end."""
        return self.deltas[t] if t <= T else np.zeros(H)


@pytest.fixture
def witness(rng: np.random.Generator) -> Witness:
    return Witness(rng)


# The two-step example: w, h_0, x_1, x_2, c_1, c_2
W, H0, X1, X2, C1, C2 = 2.0, 1.0, 1.0, -1.0, 2.0, 4.0


def small_network(w1: float, w2: float) -> tuple[float, float]:
    h1 = w1 * H0 + X1
    return h1, w2 * h1 + X2


def small_loss(w1: float, w2: float) -> float:
    h1, h2 = small_network(w1, w2)
    return ((h1 - C1) ** 2 + (h2 - C2) ** 2) / 2


def slope(function, at: float, step: float = 1e-5) -> float:
    return (function(at + step) - function(at - step)) / (2 * step)


@pytest.mark.equation("3.1")
@pytest.mark.equation("3.2")
def test_are_the_two_derivatives_of_the_small_network_what_is_printed():
    # (3.1) is an RNN of one unit without its tanh: nn.Linear in place of the recurrence
    line = nn.Linear(1, 1, bias=False, dtype=torch.float64)
    line.weight.data.fill_(W)
    h1_torch = line(torch.tensor([H0], dtype=torch.float64)) + X1
    h2_torch = line(h1_torch) + X2
    h1 = W * H0 + X1
    h2 = W * h1 + X2
    assert (h1, h2) == (h1_torch.item(), h2_torch.item()) == (3, 5)
    # immediate: only the second copy of w moves; total: both move
    assert slope(lambda w: small_network(W, w)[1], W) == pytest.approx(h1, abs=1e-8)
    assert slope(lambda w: small_network(w, w)[1], W) == pytest.approx(h1 + W * H0, abs=1e-8)


@pytest.mark.equation("3.3")
def test_does_the_recursion_give_the_total_derivative(witness):
    # for theta = b_ih: the immediate derivative of h_t is diag(1 - h_t^2)
    total = np.zeros((H, H))
    for t in range(1, T + 1):
        h = witness.state(t)
        immediate = np.diag(1 - h**2)
        by_state = np.diag(1 - h**2) @ witness.p.weight_hh
        total = immediate + by_state @ total
        rows = [
            torch.autograd.grad(witness.h[t][i], witness.w["bias_ih"], retain_graph=True)[0]
            for i in range(H)
        ]
        np.testing.assert_allclose(total, torch.stack(rows).numpy(), **EXACT)


@pytest.mark.equation("3.4")
def test_is_the_gradient_the_sum_over_copies_and_over_steps(witness):
    # the first equality: autograd with a copy of W_hh for every step
    copies = [torch.tensor(witness.p.weight_hh, requires_grad=True) for _ in range(T)]
    h, loss = witness.h[0].detach(), torch.zeros((), dtype=torch.float64)
    w = {n: tensor.detach() for n, tensor in witness.w.items()}
    for t in range(1, T + 1):
        past = copies[t - 1] @ h + w["bias_hh"]
        h = torch.tanh(w["weight_ih"] @ witness.x[t].detach() + w["bias_ih"] + past)
        logits = w["weight_hy"] @ h + w["bias_y"]
        loss = loss - torch.log_softmax(logits, 0)[witness.c[t]]
    loss.backward()
    summed = sum(copy.grad.numpy() for copy in copies)
    np.testing.assert_allclose(summed, witness.grad("weight_hh"), **EXACT)
    # the second: immediate derivatives (H, H * H) transposed, times total derivatives of the loss
    summed = np.zeros(H * H)
    for t in range(1, T + 1):
        immediate = np.diag(1 - witness.state(t) ** 2) @ np.kron(np.eye(H), witness.state(t - 1))
        summed += immediate.T @ witness.totals[t]
    np.testing.assert_allclose(summed.reshape(H, H), witness.grad("weight_hh"), **EXACT)


@pytest.mark.equation("3.5")
def test_is_the_gradient_by_hand_the_slope_of_the_loss():
    assert slope(lambda w: small_loss(w, w), W) == pytest.approx(3 * 1 + 1 * 3, abs=1e-8)


@pytest.mark.equation("3.6")
def test_are_the_three_wrong_readings_what_the_printed_numbers_say():
    h1, h2 = small_network(W, W)
    immediate_loss = (h1 - C1, h2 - C2)
    total_loss = (slope(lambda e: small_loss_from(h1 + e), 0.0), h2 - C2)
    immediate_state = (H0, h1)
    total_state = (H0, slope(lambda w: small_network(w, w)[1], W))
    both_immediate = sum(a * b for a, b in zip(immediate_loss, immediate_state, strict=True))
    both_total = sum(a * b for a, b in zip(total_loss, total_state, strict=True))
    assert both_immediate == pytest.approx(1 * 1 + 1 * 3) == pytest.approx(4)
    assert both_total == pytest.approx(3 * 1 + 1 * 5, abs=1e-8) == pytest.approx(8)
    assert total_loss[1] * immediate_state[1] == pytest.approx(1 * 3) == pytest.approx(3)


def small_loss_from(h1: float) -> float:
    return ((h1 - C1) ** 2 + (W * h1 + X2 - C2) ** 2) / 2


@pytest.mark.equation("3.7")
def test_is_the_printed_forward_pass_that_of_nn_rnn(rng):
    rnn = nn.RNN(D, H, batch_first=True, dtype=torch.float64)
    head = nn.Linear(H, K, dtype=torch.float64)
    p = bptt.Parameters.from_torch(rnn, head)
    x = rng.normal(size=(T, D))
    output, _ = rnn(torch.tensor(x)[None])
    h = np.zeros(H)
    for t in range(T):
        a = p.weight_ih @ x[t] + p.bias_ih + p.weight_hh @ h + p.bias_hh
        h = np.tanh(a)
        y = p.weight_hy @ h + p.bias_y
        np.testing.assert_allclose(h, output[0, t].detach().numpy(), **EXACT)
        np.testing.assert_allclose(y, head(output)[0, t].detach().numpy(), **EXACT)


@pytest.mark.equation("3.8")
@pytest.mark.equation("3.9")
def test_are_both_forms_of_the_loss_torch_s_cross_entropy(witness):
    total = 0.0
    for t in range(1, T + 1):
        y, c = witness.y[t].detach().numpy(), witness.c[t]
        p = np.exp(y) / np.exp(y).sum()
        assert -math.log(p[c]) == pytest.approx(witness.losses[t - 1].item(), abs=1e-12)
        log_sum = -y[c] + math.log(np.exp(y).sum())
        assert log_sum == pytest.approx(witness.losses[t - 1].item(), abs=1e-12)
        total += -math.log(p[c])
    assert total == pytest.approx(witness.loss.item(), abs=1e-12)


@pytest.mark.equation("3.10")
def test_is_the_error_the_probabilities_less_the_one_hot_target(witness):
    for t in range(1, T + 1):
        y = witness.y[t].detach().numpy()
        e = np.exp(y) / np.exp(y).sum() - np.eye(K)[witness.c[t]]
        np.testing.assert_allclose(e, witness.error(t), **EXACT)
        assert e.sum() == pytest.approx(0, abs=1e-12)
        assert np.abs(e).max() <= 1


@pytest.mark.equation("3.11")
def test_are_the_gradients_of_the_head_sums_of_outer_products(witness):
    weight = sum(np.outer(witness.error(t), witness.state(t)) for t in range(1, T + 1))
    bias = sum(witness.error(t) for t in range(1, T + 1))
    np.testing.assert_allclose(weight, witness.grad("weight_hy"), **EXACT)
    np.testing.assert_allclose(bias, witness.grad("bias_y"), **EXACT)


@pytest.mark.equation("3.12")
def test_does_a_state_collect_its_own_error_and_that_of_the_next(witness):
    p = witness.p
    np.testing.assert_allclose(p.weight_hy.T @ witness.error(T), witness.totals[T], **EXACT)
    for t in range(1, T):
        rows = [
            torch.autograd.grad(witness.h[t + 1][i], witness.h[t], retain_graph=True)[0]
            for i in range(H)
        ]
        jacobian = torch.stack(rows).numpy()
        total = p.weight_hy.T @ witness.error(t) + jacobian.T @ witness.totals[t + 1]
        np.testing.assert_allclose(total, witness.totals[t], **EXACT)


@pytest.mark.equation("3.13")
def test_is_the_slope_of_tanh_one_less_its_square(witness):
    a = witness.a[2].detach().numpy()
    numerical = np.diag([np.tanh(v + 1e-20j).imag / 1e-20 for v in a])
    np.testing.assert_allclose(np.diag(1 - np.tanh(a) ** 2), numerical, **EXACT)
    np.testing.assert_allclose(np.diag(1 - witness.state(2) ** 2), numerical, **EXACT)


@pytest.mark.equation("3.14")
def test_is_delta_the_slope_times_the_total_derivative(witness):
    for t in range(1, T + 1):
        printed = (1 - witness.state(t) ** 2) * witness.totals[t]
        np.testing.assert_allclose(printed, witness.delta(t), **EXACT)


@pytest.mark.equation("3.15")
def test_is_the_jacobian_of_a_step_the_diagonal_times_the_matrix(witness):
    for t in range(1, T):
        rows = [
            torch.autograd.grad(witness.h[t + 1][i], witness.h[t], retain_graph=True)[0]
            for i in range(H)
        ]
        printed = np.diag(1 - witness.state(t + 1) ** 2) @ witness.p.weight_hh
        np.testing.assert_allclose(printed, torch.stack(rows).numpy(), **EXACT)
        np.testing.assert_allclose(
            bptt.jacobian(witness.p.weight_hh, witness.state(t + 1)), printed, **EXACT
        )


@pytest.mark.equation("3.16")
def test_does_the_backward_recursion_give_every_state_s_derivative(witness):
    for t in range(T, 0, -1):
        printed = witness.p.weight_hy.T @ witness.error(t)
        printed = printed + witness.p.weight_hh.T @ witness.delta(t + 1)
        np.testing.assert_allclose(printed, witness.totals[t], **EXACT)


@pytest.mark.equation("3.17")
@pytest.mark.equation("3.18")
@pytest.mark.equation("3.19")
def test_are_the_gradients_of_the_recurrence_sums_over_steps(witness):
    steps = range(1, T + 1)
    for i, j in itertools.product(range(H), repeat=2):
        entry = sum(witness.delta(t)[i] * witness.state(t - 1)[j] for t in steps)
        assert entry == pytest.approx(witness.grad("weight_hh")[i, j], abs=1e-12)
    x = witness.x.detach().numpy()
    hh = sum(np.outer(witness.delta(t), witness.state(t - 1)) for t in steps)
    ih = sum(np.outer(witness.delta(t), x[t]) for t in steps)
    np.testing.assert_allclose(hh, witness.grad("weight_hh"), **EXACT)
    np.testing.assert_allclose(ih, witness.grad("weight_ih"), **EXACT)
    bias = sum(witness.delta(t) for t in steps)
    np.testing.assert_allclose(bias, witness.grad("bias_ih"), **EXACT)
    np.testing.assert_allclose(bias, witness.grad("bias_hh"), **EXACT)


@pytest.mark.equation("3.20")
def test_what_arrives_at_the_initial_state_and_at_the_inputs(witness):
    p = witness.p
    np.testing.assert_allclose(p.weight_hh.T @ witness.delta(1), witness.totals[0], **EXACT)
    for t in range(1, T + 1):
        np.testing.assert_allclose(
            p.weight_ih.T @ witness.delta(t), witness.x.grad[t].numpy(), **EXACT
        )


def batch_case(rng):
    rnn = nn.RNN(D, H, batch_first=True, dtype=torch.float64)
    head = nn.Linear(H, K, dtype=torch.float64)
    p = bptt.Parameters.from_torch(rnn, head)
    x, c = rng.normal(size=(B, T, D)), rng.integers(K, size=(B, T))
    output, _ = rnn(torch.tensor(x))
    output.retain_grad()
    logits = head(output)
    logits.retain_grad()
    each = nn.functional.cross_entropy(
        logits.flatten(0, 1), torch.tensor(c).flatten(), reduction="none"
    ).view(B, T)
    loss = each.sum(1).mean()
    loss.backward()
    return p, x, c, rnn, head, output, logits, each, loss


@pytest.mark.equation("3.21")
def test_is_the_loss_of_a_batch_the_mean_of_the_sums(rng):
    p, x, c, *_, each, loss = batch_case(rng)
    losses = each.detach().numpy()
    printed = 1 / B * sum(losses[b, t] for b in range(B) for t in range(T))
    assert printed == pytest.approx(loss.item(), abs=1e-12)
    assert bptt.forward(p, x, c)[0] == pytest.approx(printed, abs=1e-12)


@pytest.mark.equation("3.22")
@pytest.mark.equation("3.23")
def test_does_the_batch_form_give_torch_s_gradients(rng):
    p, x, _, rnn, head, output, logits, _, _ = batch_case(rng)
    states = np.concatenate([np.zeros((B, 1, H)), output.detach().numpy()], axis=1)
    errors = logits.grad.numpy()
    delta = np.zeros((T + 2, B, H))
    for t in range(T, 0, -1):
        inner = errors[:, t - 1] @ p.weight_hy + delta[t + 1] @ p.weight_hh
        delta[t] = (1 - states[:, t] ** 2) * inner
    steps = range(1, T + 1)
    hh = sum(delta[t].T @ states[:, t - 1] for t in steps)
    ih = sum(delta[t].T @ x[:, t - 1] for t in steps)
    hy = sum(errors[:, t - 1].T @ states[:, t] for t in steps)
    np.testing.assert_allclose(hh, rnn.weight_hh_l0.grad.numpy(), **EXACT)
    np.testing.assert_allclose(ih, rnn.weight_ih_l0.grad.numpy(), **EXACT)
    np.testing.assert_allclose(hy, head.weight.grad.numpy(), **EXACT)


@pytest.mark.equation("3.24")
def test_is_the_central_difference_near_the_derivative(rng):
    theta, step = rng.normal(size=3), 1e-5
    for i in range(3):
        u = np.eye(3)[i]
        printed = (f_cubed(theta + step * u) - f_cubed(theta - step * u)) / (2 * step)
        assert printed == pytest.approx(3 * theta[i] ** 2, abs=1e-8)
        helper = bptt.central_difference(f_cubed, theta, step)[i]
        assert helper == pytest.approx(printed, abs=1e-9)


def f_cubed(theta):
    return (theta**3).sum()


@pytest.mark.equation("3.25")
@pytest.mark.equation("3.26")
def test_do_the_two_errors_of_a_central_difference_and_its_best_step_hold():
    unit, at = 2.0**-53, 1.0
    f, third = math.exp(at), math.exp(at)

    def error(step):
        return step**2 / 6 * third + unit * f / step

    # Taylor's part alone, where it rules
    for step in (1e-2, 1e-3):
        measured = abs(slope(math.exp, at, step) - math.exp(at))
        assert measured == pytest.approx(step**2 / 6 * third, rel=1e-3)
        assert error(step) == pytest.approx(measured, rel=1e-3)
    # rounding: the mean error stays of the printed size, and grows as the step shrinks
    for step in (1e-8, 1e-10):
        near = np.linspace(0.5, 1.5, 500)
        measured = np.mean([abs(slope(math.exp, a, step) - math.exp(a)) for a in near])
        assert 0.05 * unit * f / step < measured < 5 * unit * f / step
    best = (3 * unit * f / third) ** (1 / 3)
    grid = best * np.logspace(-1, 1, 401)
    assert grid[np.argmin([error(step) for step in grid])] == pytest.approx(best, rel=0.02)
    assert 1e-6 < best < 1e-4


@pytest.mark.equation("3.27")
def test_is_the_error_of_the_complex_step_the_third_derivative_over_six():
    theta = np.array([0.7])
    for step in (1e-1, 1e-2):
        printed = math.cos(0.7) - step**2 / 6 * -math.cos(0.7)
        came = np.sin(theta[0] + 1j * step).imag / step
        assert came == pytest.approx(printed, abs=step**4)
        assert abs(came - math.cos(0.7)) > step**2 / 10
    helper = bptt.complex_step(lambda a: np.sin(a).sum(), theta, 1e-20)
    assert helper[0] == pytest.approx(math.cos(0.7), abs=1e-16)


@pytest.mark.equation("3.28")
def test_is_one_step_of_torch_s_sgd_one_update_by_the_sum(witness):
    rate = 0.1
    after = witness.p.bias_ih.copy()
    for t in range(1, T + 1):
        immediate = np.diag(1 - witness.state(t) ** 2)
        after -= rate * immediate.T @ witness.totals[t]
    torch.optim.SGD([witness.w["bias_ih"]], lr=rate).step()
    np.testing.assert_allclose(after, witness.w["bias_ih"].detach().numpy(), **EXACT)


def pair_sum(witness, pairs):
    """The double sum of (3.29), for theta = b_ih, over the given pairs (t, k)."""
    total = np.zeros(H)
    for t, k in pairs:
        product = np.eye(H)
        for i in range(k + 1, t + 1):
            product = np.diag(1 - witness.state(i) ** 2) @ witness.p.weight_hh @ product
        immediate_loss = witness.p.weight_hy.T @ witness.error(t)
        immediate = np.diag(1 - witness.state(k) ** 2)
        total += immediate.T @ product.T @ immediate_loss
    return total


@pytest.mark.equation("3.29")
def test_is_the_gradient_a_double_sum(witness):
    pairs = [(t, k) for t in range(1, T + 1) for k in range(1, t + 1)]
    np.testing.assert_allclose(pair_sum(witness, pairs), witness.grad("bias_ih"), **EXACT)


@pytest.mark.equation("3.30")
@pytest.mark.parametrize(("k1", "k2"), [(1, 1), (1, 3), (2, 2), (2, 5), (3, 3), (4, 5), (6, 6)])
def test_does_truncation_keep_the_printed_pairs(witness, k1, k2):
    pairs = [
        (t, k)
        for n in range(T)
        for t in range(k1 * n + 1, min(k1 * (n + 1), T) + 1)
        for k in range(max(1, k1 * (n + 1) - k2 + 1), t + 1)
    ]
    x, state = witness.x.detach().numpy()[None, 1:], witness.state(0)[None]
    _, cache = bptt.forward(witness.p, x, witness.c[None, 1:], state)
    came = bptt.truncated_backward(witness.p, cache, k1, k2)
    np.testing.assert_allclose(pair_sum(witness, pairs), came["bias_ih"], **EXACT)


def jacobians(witness):
    return [
        np.diag(1 - witness.state(t) ** 2) @ witness.p.weight_hh for t in range(1, T + 1)
    ]  # J_1 ... J_T


@pytest.mark.equation("3.31")
@pytest.mark.equation("3.32")
def test_is_the_derivative_of_states_a_product_within_its_bounds(witness):
    factors = jacobians(witness)
    for k in range(T):
        rows = [
            torch.autograd.grad(witness.h[T][i], witness.h[k], retain_graph=True)[0]
            for i in range(H)
        ]
        product = np.eye(H)
        for factor in factors[k:]:
            product = factor @ product
        np.testing.assert_allclose(product, torch.stack(rows).numpy(), **EXACT)
        norm = np.linalg.norm(torch.stack(rows).numpy(), 2)
        each = np.prod([np.linalg.norm(factor, 2) for factor in factors[k:]])
        matrix = np.linalg.norm(witness.p.weight_hh, 2) ** (T - k)
        assert norm <= each * (1 + 1e-12)
        assert each <= matrix * (1 + 1e-12)


@pytest.mark.equation("3.33")
def test_is_the_spectral_radius_of_torch_s_start_one_over_the_root_of_three():
    torch.manual_seed(0)
    radii = [
        np.abs(np.linalg.eigvals(nn.RNN(1, 400).weight_hh_l0.detach().numpy())).max()
        for _ in range(4)
    ]
    printed = math.sqrt(400 * 1 / (3 * 400))
    assert printed == pytest.approx(1 / math.sqrt(3)) == pytest.approx(0.577, abs=5e-4)
    assert np.mean(radii) == pytest.approx(printed, rel=0.05)
    assert printed**50 == pytest.approx(1.2e-12, rel=0.05)


@pytest.mark.equation("3.34")
def test_do_the_triangles_give_the_product_and_its_rates(witness):
    factors, q, triangles = jacobians(witness), np.eye(H), []
    for factor in factors:
        q, triangle = np.linalg.qr(factor @ q)
        triangles.append(triangle)
    product, upper = np.eye(H), np.eye(H)
    for factor, triangle in zip(factors, triangles, strict=True):
        product, upper = factor @ product, triangle @ upper
    np.testing.assert_allclose(product, q @ upper, **EXACT)
    rates = [1 / T * sum(math.log(abs(r[j, j])) for r in triangles) for j in range(H)]
    ours = bptt.lyapunov_exponents(np.stack(factors))
    np.testing.assert_allclose(ours, sorted(rates, reverse=True), **EXACT)
    # their sum is the growth of volumes, which the determinant knows
    # (of a product this close to singular it keeps seven digits)
    assert sum(rates) * T == pytest.approx(np.linalg.slogdet(product)[1], rel=1e-7)


@pytest.mark.equation("3.35")
def test_does_the_error_change_by_a_constant_factor_per_step():
    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    rnn = nn.RNN(2, 48, batch_first=True, dtype=torch.float64)
    weight = 0.6 * rng.normal(size=(48, 48)) / math.sqrt(48)
    rnn.weight_hh_l0.data = torch.tensor(weight)
    x = torch.tensor(rng.normal(size=(1, 150, 2)))
    norms = bptt.gradient_norm_by_lag(rnn, x)
    states = rnn(x)[0][0].detach().numpy()
    gamma = math.exp(bptt.lyapunov_exponents(bptt.jacobian(weight, states))[0])
    lags = np.arange(20, 150)
    constant = np.exp(np.mean(np.log(norms[20:]) - lags * math.log(gamma)))
    printed = constant * gamma**lags
    # over 130 steps and twenty decades the printed line stays within a factor of 4
    assert norms[20] / norms[-1] > 1e20
    assert np.abs(np.log(norms[20:] / printed)).max() < math.log(4)


@pytest.mark.equation("3.36")
def test_does_half_of_the_squared_length_survive_a_relu_mask():
    rng, size, gain = np.random.default_rng(0), 40, 1.7
    v = rng.normal(size=size)
    kept = []
    for _ in range(2000):
        weight = gain * rng.normal(size=(size, size)) / math.sqrt(size)
        mask = rng.integers(2, size=size)
        kept.append(np.linalg.norm(np.diag(mask) @ weight @ v) ** 2)
    assert np.mean(kept) == pytest.approx(gain**2 / 2 * np.linalg.norm(v) ** 2, rel=0.03)
    # and the rate of a long product is close to g / sqrt(2)
    masks = [rng.integers(2, size=size)[:, None] for _ in range(400)]
    factors = [m * gain * rng.normal(size=(size, size)) / math.sqrt(size) for m in masks]
    gamma = math.exp(bptt.lyapunov_exponents(np.stack(factors))[0])
    assert gamma == pytest.approx(gain / math.sqrt(2), rel=0.05)


@pytest.mark.equation("3.37")
def test_do_the_variances_of_shared_and_independent_factors_hold():
    rng, steps, s = np.random.default_rng(0), 25, 0.3
    logs = s * rng.normal(size=(40_000, steps))
    shared = np.log(np.exp(logs[:, 0]) ** steps)
    independent = np.log(np.prod(np.exp(logs), axis=1))
    assert shared.var() == pytest.approx(steps**2 * s**2, rel=0.03)
    assert independent.var() == pytest.approx(steps * s**2, rel=0.03)


@pytest.mark.equation("3.38")
def test_is_the_one_unit_loss_that_of_nn_rnn():
    w, b = 1.6, 0.3
    rnn = nn.RNN(1, 1, dtype=torch.float64)
    rnn.weight_hh_l0.data.fill_(w)
    rnn.bias_ih_l0.data.fill_(b)
    rnn.bias_hh_l0.data.zero_()
    start = torch.full((1, 1, 1), -0.5, dtype=torch.float64)
    _, last = rnn(torch.zeros(50, 1, 1, dtype=torch.float64), start)
    h = -1 / 2
    for _ in range(50):
        h = math.tanh(w * h + b)
    assert (h - 0.7) ** 2 == pytest.approx((last.item() - 0.7) ** 2, abs=1e-12)


@pytest.mark.equation("3.39")
@pytest.mark.parametrize("limit", [0.5, 100.0])
def test_is_clipping_by_norm_as_printed_torch_s_and_ours(rng, limit):
    g = {"a": rng.normal(size=(2, 3)), "b": rng.normal(size=4)}
    norm = math.sqrt(sum(float(v) ** 2 for array in g.values() for v in array.flat))
    printed = {name: array * min(1, limit / norm) for name, array in g.items()}
    ours, came = bptt.clip_by_norm(g, limit)
    assert came == pytest.approx(norm, abs=1e-12)
    tensors = [nn.Parameter(torch.zeros(array.shape, dtype=torch.float64)) for array in g.values()]
    for tensor, array in zip(tensors, g.values(), strict=True):
        tensor.grad = torch.tensor(array)
    nn.utils.clip_grad_norm_(tensors, limit)
    for tensor, name in zip(tensors, g, strict=True):
        np.testing.assert_allclose(ours[name], printed[name], **EXACT)
        # torch adds 1e-6 to the norm
        np.testing.assert_allclose(tensor.grad.numpy(), printed[name], rtol=2e-6, atol=1e-12)


@pytest.mark.equation("3.40")
def test_is_clipping_by_value_as_printed_torch_s_and_ours(rng):
    g, c = rng.normal(size=9), 0.4
    printed = np.array([max(-c, min(c, value)) for value in g])
    parameter = nn.Parameter(torch.zeros(9, dtype=torch.float64))
    parameter.grad = torch.tensor(g)
    nn.utils.clip_grad_value_([parameter], c)
    np.testing.assert_array_equal(printed, parameter.grad.numpy())
    np.testing.assert_array_equal(printed, bptt.clip_by_value({"g": g}, c)["g"])


@pytest.mark.equation("3.41")
def test_is_the_printed_angle_ours_and_3_8_degrees_in_the_example(rng):
    for g, other in ((np.array([3.0, 0.1]), np.array([1.0, 0.1])), rng.normal(size=(2, 6))):
        cosine = g @ other / (np.linalg.norm(g) * np.linalg.norm(other))
        printed = math.degrees(math.acos(cosine))
        assert bptt.angle({"g": g}, {"g": other}) == pytest.approx(printed, abs=1e-6)
    pair = {"g": np.array([3.0, 0.1])}
    clipped = bptt.clip_by_value(pair, 1.0)
    assert bptt.angle(pair, clipped) == pytest.approx(3.8, abs=0.01)


@pytest.mark.equation("3.42")
@pytest.mark.parametrize("steps", [64, 400, 10_000])
def test_are_checkpoints_cheapest_at_the_root_of_the_steps(steps):
    root = math.isqrt(steps)

    def held(segment):
        """Count, by walking the schedule, the states kept at the worst moment."""
        firsts = range(0, steps, segment)
        return max(n + 1 + min(segment, steps - first) for n, first in enumerate(firsts))

    divisors = [s for s in range(1, steps + 1) if steps % s == 0]
    for s in divisors:
        assert held(s) == steps / s + s
        assert held(s) >= 2 * math.sqrt(steps)
    assert min(divisors, key=held) == root
    assert held(root) == 2 * root


@pytest.mark.equation("3.43")
@pytest.mark.equation("3.44")
def test_does_the_forward_recursion_give_the_influences_and_the_gradient(witness):
    influence, gradient = np.zeros((H, H * H)), np.zeros(H * H)
    for t in range(1, T + 1):
        immediate = np.kron(np.eye(H), witness.state(t - 1))  # of a_t by W_hh, row by row
        slopes = np.diag(1 - witness.state(t) ** 2)
        influence = slopes @ (immediate + witness.p.weight_hh @ influence)
        rows = [
            torch.autograd.grad(witness.h[t][i], witness.w["weight_hh"], retain_graph=True)[0]
            for i in range(H)
        ]
        expected = torch.stack(rows).flatten(1).numpy()
        np.testing.assert_allclose(influence, expected, **EXACT)
        gradient += influence.T @ witness.p.weight_hy.T @ witness.error(t)
    np.testing.assert_allclose(gradient.reshape(H, H), witness.grad("weight_hh"), **EXACT)


@pytest.mark.equation("3.45")
def test_is_the_jacobian_of_an_additive_step_the_identity_and_a_little(witness):
    alpha, p, x = 0.01, witness.p, witness.x.detach().numpy()[1]
    before = witness.state(0)

    def step(h):
        a = p.weight_ih @ x + p.bias_ih + p.weight_hh @ h + p.bias_hh
        return h + alpha * np.tanh(a)

    a = p.weight_ih @ x + p.bias_ih + p.weight_hh @ before + p.bias_hh
    printed = np.eye(H) + alpha * np.diag(1 - np.tanh(a) ** 2) @ p.weight_hh
    for j in range(H):
        column = step(before + 1e-20j * np.eye(H)[j]).imag / 1e-20
        np.testing.assert_allclose(printed[:, j], column, **EXACT)
