"""Does each display of chapter 5, evaluated as it is printed, hold?"""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from rnn_utils import bptt, lstm

D, H, T = 3, 4, 6
EXACT = {"rtol": 0, "atol": 1e-12}


@pytest.fixture(params=[0, 1])
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    return np.random.default_rng(request.param)


def sigma(a):
    return 1 / (1 + np.exp(-a))


def onto(size: int) -> list[np.ndarray]:
    return list(np.eye(size))


class Witness:
    """One example through nn.LSTMCell's equations, every value recorded; indices from 1."""

    def __init__(self, rng: np.random.Generator) -> None:
        cell = nn.LSTMCell(D, H, dtype=torch.float64)
        for weight in cell.parameters():
            weight.data = torch.tensor(rng.normal(size=weight.shape))
        self.cell = cell
        self.x = torch.tensor(rng.normal(size=(T + 1, D)), requires_grad=True)
        self.e = rng.normal(size=(T + 1, H))
        self.h = [torch.tensor(rng.normal(size=H) / 2, requires_grad=True)]
        self.c = [torch.tensor(rng.normal(size=H), requires_grad=True)]
        self.a: list[torch.Tensor] = [self.h[0]]
        self.gates: list[dict[str, torch.Tensor]] = [{}]
        loss = torch.zeros((), dtype=torch.float64)
        for t in range(1, T + 1):
            past = cell.weight_hh @ self.h[t - 1] + cell.bias_hh
            a = cell.weight_ih @ self.x[t] + cell.bias_ih + past
            i, f, g, o = a.chunk(4)
            values = {"i": i.sigmoid(), "f": f.sigmoid(), "g": g.tanh(), "o": o.sigmoid()}
            self.a.append(a)
            self.gates.append(values)
            self.c.append(values["f"] * self.c[t - 1] + values["i"] * values["g"])
            self.h.append(values["o"] * self.c[t].tanh())
            loss = loss + torch.tensor(self.e[t]) @ self.h[t]
            for value in (a, *values.values(), self.c[t], self.h[t]):
                value.retain_grad()
        loss.backward(retain_graph=True)
        # copies: a later autograd.grad through the same graph would write into .grad again
        self.totals = {
            "h": [v.grad.numpy().copy() for v in self.h],
            "c": [v.grad.numpy().copy() for v in self.c],
            "a": [v.grad.numpy().copy() for v in self.a],
        }
        self.totals["a"][0] = np.zeros(0)
        for name in "ifgo":
            self.totals[name] = [np.zeros(H)]
            self.totals[name] += [v[name].grad.numpy().copy() for v in self.gates[1:]]

    def value(self, name: str, t: int) -> np.ndarray:
        stored = {"h": self.h, "c": self.c, "x": self.x}
        tensor = stored[name][t] if name in stored else self.gates[t][name]
        return tensor.detach().numpy()

    def total(self, name: str, t: int) -> np.ndarray:
        """The total derivative of the loss, from autograd; 0 beyond the end."""
        if t > T:
            return np.zeros(4 * H if name == "a" else H)
        return self.totals[name][t]

    def weight(self, name: str) -> np.ndarray:
        return getattr(self.cell, name).detach().numpy()

    def grad(self, name: str) -> np.ndarray:
        return getattr(self.cell, name).grad.numpy()


@pytest.fixture
def witness(rng: np.random.Generator) -> Witness:
    return Witness(rng)


@pytest.mark.equation("5.1")
def test_is_the_derivative_of_a_late_state_the_printed_product(rng):
    layer = nn.RNN(D, H, batch_first=True, dtype=torch.float64)
    x = torch.tensor(rng.normal(size=(1, T, D)))
    k, states, h = 2, [], torch.zeros(1, 1, H, dtype=torch.float64)
    for t in range(T):
        _, h = layer(x[:, t : t + 1], h)
        states.append(h)
    product = np.eye(H)
    for t in range(k + 1, T + 1):  # the factors of later steps stand to the left
        h_t = states[t - 1][0, 0].detach().numpy()
        product = np.diag(1 - h_t**2) @ layer.weight_hh_l0.detach().numpy() @ product
    rows = [
        torch.autograd.grad(states[T - 1][0, 0, j], states[k - 1], retain_graph=True)[0][0, 0]
        for j in range(H)
    ]
    np.testing.assert_allclose(product, torch.stack(rows).numpy(), **EXACT)


@pytest.mark.equation("5.2")
@pytest.mark.equation("5.3")
def test_does_an_added_update_leave_the_error_as_it_is(rng):
    matrix = torch.tensor(rng.normal(size=(H, H)))
    x = torch.tensor(rng.normal(size=(T + 1, H)))
    cells = [torch.tensor(rng.normal(size=H), requires_grad=True)]
    updates = [cells[0]]
    for t in range(1, T + 1):
        updates.append(torch.tanh(matrix @ torch.tanh(cells[-1]) + x[t]))
        cells.append(cells[-1] + updates[t])
    loss = (cells[T] ** 2).sum()
    totals = [v.numpy() for v in torch.autograd.grad(loss, cells, retain_graph=True)]
    # (5.2): with the update held fixed
    fixed = torch.autograd.functional.jacobian(lambda c: c + updates[3].detach(), cells[2].detach())
    np.testing.assert_allclose(fixed.numpy(), np.eye(H), **EXACT)
    for k in range(T):
        printed = totals[T].copy()
        for t in range(k + 1, T + 1):

            def update(c, t=t):
                return torch.tanh(matrix @ torch.tanh(c) + x[t])

            by_cell = torch.autograd.functional.jacobian(update, cells[t - 1].detach())
            printed += by_cell.numpy().T @ totals[t]
        np.testing.assert_allclose(printed, totals[k], rtol=1e-12)


@pytest.mark.equation("5.4")
def test_are_the_three_powers_what_is_printed():
    assert math.isclose(0.9**200, 7e-10, rel_tol=0.05)
    assert 1.0**200 == 1
    assert math.isclose(1.1**200, 2e8, rel_tol=0.1)
    # what a carousel of 200 steps does to an error, by autograd
    for factor in (0.9, 1.0, 1.1):
        start = torch.ones((), dtype=torch.float64, requires_grad=True)
        c = start
        for _ in range(200):
            c = factor * c + 0.1
        c.backward()
        assert start.grad.item() == pytest.approx(factor**200, rel=1e-12)


@pytest.mark.equation("5.5")
def test_are_the_paths_of_the_four_memories_what_the_text_says(rng):
    i, f, o = sigma(rng.normal(size=(3, H)))
    g, past, cell = np.tanh(rng.normal(size=H)), rng.normal(size=H), rng.normal(size=H)

    def slopes(function, at):
        return np.array([np.imag(function(at + 1e-20j * u)) / 1e-20 for u in onto(H)]).T

    # with gates and candidate held fixed: what the old vector does to the new one
    assert not slopes(lambda h: f + i * g + 0 * h, past).any()
    np.testing.assert_allclose(slopes(lambda h: f * h + i * g, past), np.diag(f), **EXACT)
    squashed = slopes(lambda h: o * np.tanh(f * h + i * g), past)
    np.testing.assert_allclose(
        squashed, np.diag(o * f * (1 - np.tanh(f * past + i * g) ** 2)), **EXACT
    )
    np.testing.assert_allclose(slopes(lambda c: f * c + i * g, cell), np.diag(f), **EXACT)
    # (d) is torch's: the gates are made by weights of 0 and these biases
    theirs = nn.LSTMCell(1, H, dtype=torch.float64)
    logits = [np.log(i / (1 - i)), np.log(f / (1 - f)), np.arctanh(g), np.log(o / (1 - o))]
    with torch.no_grad():
        for weight in theirs.parameters():
            weight.zero_()
        theirs.bias_ih.copy_(torch.tensor(np.concatenate(logits)))
        h_t, c_t = theirs(
            torch.zeros(1, 1).double(), (torch.tensor(past)[None], torch.tensor(cell)[None])
        )
    np.testing.assert_allclose(f * cell + i * g, c_t[0], **EXACT)
    np.testing.assert_allclose(o * np.tanh(f * cell + i * g), h_t[0], **EXACT)


@pytest.mark.equation("5.6")
def test_does_what_was_written_drown_at_the_printed_rate(rng):
    steps, spread, first = 50, 0.3, 0.7
    noise = spread * rng.normal(size=(40_000, steps - 1))
    cells = np.full(len(noise), first)
    for t in range(steps - 1):
        cells = cells + noise[:, t]
    np.testing.assert_allclose(cells, first + noise.sum(1), rtol=0, atol=1e-12)
    assert cells.var() == pytest.approx((steps - 1) * spread**2, rel=0.04)


def held_gates(rng, **fixed):
    """An nn.LSTM whose gates have given values at every step: weights of 0, biases chosen."""
    values = {"i": 40.0, "f": 40.0, "g": 0.3, "o": 40.0} | fixed
    layer = nn.LSTM(H, H, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for weight in layer.parameters():
            weight.zero_()
        layer.weight_ih_l0[2 * H : 3 * H] = torch.eye(H)  # the candidate is tanh of the input
        layer.bias_ih_l0.copy_(
            torch.tensor([values[n] for n in "ifgo"], dtype=torch.float64).repeat_interleave(H)
        )
    x = rng.normal(size=(1, T, H))
    g = np.tanh(x[0] + values["g"])
    _, (h_n, c_n) = layer(torch.tensor(x))
    return g, h_n[0, 0].detach().numpy(), c_n[0, 0].detach().numpy()


@pytest.mark.equation("5.7")
@pytest.mark.equation("5.8")
@pytest.mark.equation("5.9")
def test_are_the_three_gates_those_of_torch_with_the_others_open(rng):
    # (5.7): forget gate open for good
    g, _, cell = held_gates(rng, i=-0.4)
    c = np.zeros(H)
    for t in range(T):
        c = c + sigma(-0.4) * g[t]
    np.testing.assert_allclose(c, cell, **EXACT)
    # (5.8) and (5.9): all of them
    g, state, cell = held_gates(rng, i=-0.4, f=1.1, o=0.6)
    c = np.zeros(H)
    for t in range(T):
        c = sigma(1.1) * c + sigma(-0.4) * g[t]
    np.testing.assert_allclose(c, cell, **EXACT)
    np.testing.assert_allclose(sigma(0.6) * np.tanh(c), state, **EXACT)


@pytest.mark.equation("5.10")
@pytest.mark.equation("5.11")
@pytest.mark.equation("5.13")
def test_is_the_printed_step_that_of_torch(rng):
    cell = nn.LSTMCell(D, H, dtype=torch.float64)
    w = {name: tensor.detach().numpy() for name, tensor in cell.named_parameters()}
    x, h, c = rng.normal(size=D), rng.normal(size=H), rng.normal(size=H)
    # (5.10): block by block
    blocks = {}
    for place, name in enumerate("ifgo"):
        rows = slice(place * H, (place + 1) * H)
        a = w["weight_ih"][rows] @ x + w["bias_ih"][rows]
        blocks[name] = a + w["weight_hh"][rows] @ h + w["bias_hh"][rows]
    i, f, o = (sigma(blocks[name]) for name in "ifo")
    g = np.tanh(blocks["g"])
    # (5.11)
    c_t = f * c + i * g
    h_t = o * np.tanh(c_t)
    theirs = cell(torch.tensor(x)[None], (torch.tensor(h)[None], torch.tensor(c)[None]))
    np.testing.assert_allclose(h_t, theirs[0][0].detach(), **EXACT)
    np.testing.assert_allclose(c_t, theirs[1][0].detach(), **EXACT)
    # (5.13): the four at once
    stacked = w["weight_ih"] @ x + w["bias_ih"] + w["weight_hh"] @ h + w["bias_hh"]
    np.testing.assert_allclose(stacked, np.concatenate([blocks[n] for n in "ifgo"]), **EXACT)


@pytest.mark.equation("5.12")
def test_are_the_logistic_function_and_its_slope_torch_s():
    a = torch.linspace(-6, 6, 25, dtype=torch.float64, requires_grad=True)
    theirs = torch.sigmoid(a)
    (slope,) = torch.autograd.grad(theirs.sum(), a)
    ours = 1 / (1 + np.exp(-a.detach().numpy()))
    np.testing.assert_allclose(ours, theirs.detach(), **EXACT)
    np.testing.assert_allclose(ours * (1 - ours), slope, **EXACT)


def count(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


@pytest.mark.equation("5.14")
@pytest.mark.parametrize("sizes", [(1, 1), (3, 4), (28, 128)])
def test_is_the_number_of_parameters_that_of_torch(sizes):
    features, hidden = sizes
    printed = 4 * (hidden * features + hidden**2 + 2 * hidden)
    assert printed == count(nn.LSTM(features, hidden)) == count(lstm.LSTM(features, hidden))


@pytest.mark.equation("5.15")
def test_are_cell_and_state_bounded_as_printed(rng):
    layer = nn.LSTM(D, H, batch_first=True, dtype=torch.float64)
    for weight in layer.parameters():
        weight.data = torch.tensor(3 * rng.normal(size=weight.shape))
    lstm.set_forget_bias(layer, 8.0)
    inside = lstm.gates(layer, torch.tensor(rng.normal(size=(5, 100, D))))
    c = inside["c"].detach().numpy()
    before = np.concatenate([np.zeros((5, 1, H)), c[:, :-1]], axis=1)
    assert (np.abs(c) <= np.abs(before) + 1).all()
    assert np.abs(c).max() > 2  # the cell is not bounded by 1
    assert inside["h"].abs().max() < 1


@pytest.mark.equation("5.16")
def test_is_the_error_of_the_state_what_the_head_and_the_next_step_send(witness):
    for t in range(1, T + 1):
        printed = witness.e[t] + witness.weight("weight_hh").T @ witness.total("a", t + 1)
        np.testing.assert_allclose(printed, witness.total("h", t), **EXACT)


@pytest.mark.equation("5.17")
@pytest.mark.equation("5.18")
@pytest.mark.equation("5.19")
def test_are_the_errors_of_gates_and_cell_what_is_printed(witness):
    for t in range(1, T + 1):
        c_t, d_h = witness.value("c", t), witness.total("h", t)
        np.testing.assert_allclose(d_h * np.tanh(c_t), witness.total("o", t), **EXACT)
        printed = d_h * witness.value("o", t) * (1 - np.tanh(c_t) ** 2)
        if t < T:
            printed = printed + witness.value("f", t + 1) * witness.total("c", t + 1)
        np.testing.assert_allclose(printed, witness.total("c", t), **EXACT)
        d_c = witness.total("c", t)
        factors = {"i": witness.value("g", t), "f": witness.value("c", t - 1)}
        factors["g"] = witness.value("i", t)
        for name, factor in factors.items():
            np.testing.assert_allclose(d_c * factor, witness.total(name, t), **EXACT)


@pytest.mark.equation("5.20")
def test_are_the_errors_of_the_pre_activations_what_is_printed(witness):
    for t in range(1, T + 1):
        i, f, g, o = (witness.value(name, t) for name in "ifgo")
        slopes = {"i": i * (1 - i), "f": f * (1 - f), "g": 1 - g**2, "o": o * (1 - o)}
        printed = np.concatenate([witness.total(n, t) * slopes[n] for n in "ifgo"])
        np.testing.assert_allclose(printed, witness.total("a", t), **EXACT)


@pytest.mark.equation("5.21")
def test_are_the_gradients_of_the_weights_the_printed_sums(witness):
    steps = range(1, T + 1)
    by_ih = sum(np.outer(witness.total("a", t), witness.value("x", t)) for t in steps)
    by_hh = sum(np.outer(witness.total("a", t), witness.value("h", t - 1)) for t in steps)
    by_bias = sum(witness.total("a", t) for t in steps)
    np.testing.assert_allclose(by_ih, witness.grad("weight_ih"), **EXACT)
    np.testing.assert_allclose(by_hh, witness.grad("weight_hh"), **EXACT)
    for name in ("bias_ih", "bias_hh"):
        np.testing.assert_allclose(by_bias, witness.grad(name), **EXACT)


@pytest.mark.equation("5.22")
def test_are_the_ends_of_the_chain_what_is_printed(witness):
    first = witness.weight("weight_hh").T @ witness.total("a", 1)
    np.testing.assert_allclose(first, witness.total("h", 0), **EXACT)
    kept = witness.value("f", 1) * witness.total("c", 1)
    np.testing.assert_allclose(kept, witness.total("c", 0), **EXACT)
    for t in range(1, T + 1):
        by_input = witness.weight("weight_ih").T @ witness.total("a", t)
        np.testing.assert_allclose(by_input, witness.x.grad[t], **EXACT)


@pytest.mark.equation("5.23")
def test_are_the_sums_one_product_each(rng):
    layer = nn.LSTM(D, H, batch_first=True, dtype=torch.float64)
    x = rng.normal(size=(5, T, D))
    weights = [weight.detach().numpy() for weight in layer.parameters()]
    output, _, cache = lstm.lstm_forward(x, *weights)
    errors = rng.normal(size=(5, T, H))
    theirs, _ = layer(torch.tensor(x))
    (theirs * torch.tensor(errors)).sum().backward()
    # Delta: through the input of a layer whose W_ih is the identity, dL/dx_t = delta_t
    plain = x @ weights[0].T  # A, not yet stacked
    _, _, apart = lstm.lstm_forward(plain, np.eye(4 * H), *weights[1:])
    delta = lstm.lstm_backward(errors, None, apart)["x"].reshape(-1, 4 * H)
    rows = x.reshape(-1, D)
    np.testing.assert_allclose(rows @ weights[0].T, plain.reshape(-1, 4 * H), **EXACT)
    before = np.concatenate([np.zeros((5, 1, H)), output[:, :-1]], axis=1).reshape(-1, H)
    np.testing.assert_allclose(delta.T @ rows, layer.weight_ih_l0.grad, rtol=0, atol=1e-11)
    np.testing.assert_allclose(delta.T @ before, layer.weight_hh_l0.grad, rtol=0, atol=1e-11)
    assert cache.h.shape == (5, T + 1, H)


@pytest.mark.equation("5.24")
def test_is_the_path_along_the_cells_the_product_of_the_forget_gates(witness):
    k, t = 2, 5
    c = start = witness.c[k].detach().clone().requires_grad_()
    for j in range(k + 1, t + 1):
        i, f, g = (witness.gates[j][name].detach() for name in "ifg")  # held fixed
        c = f * c + i * g
    rows = [torch.autograd.grad(c[n], start, retain_graph=True)[0].numpy() for n in range(H)]
    product = np.eye(H)
    for j in range(k + 1, t + 1):
        product = np.diag(witness.value("f", j)) @ product
    np.testing.assert_allclose(product, np.array(rows), **EXACT)
    whole = np.prod([witness.value("f", j) for j in range(k + 1, t + 1)], axis=0)
    np.testing.assert_allclose(product, np.diag(whole), **EXACT)


def drawn(bias: float, seed: int, hidden: int = 64) -> nn.LSTM:
    torch.manual_seed(seed)
    layer = nn.LSTM(4, hidden, batch_first=True, dtype=torch.float64)
    lstm.set_forget_bias(layer, bias)
    return layer


@pytest.mark.equation("5.25")
def test_do_forget_gates_lose_the_printed_logarithm_per_step():
    printed = {0.0: -0.69, 1.0: -0.31, 2.0: -0.13}
    for bias, value in printed.items():
        assert math.log(sigma(bias)) == pytest.approx(value, abs=0.005)
        for seed in range(3):
            x = torch.randn(4, 50, 4, generator=torch.Generator().manual_seed(seed)).double()
            with torch.no_grad():
                f = lstm.gates(drawn(bias, seed), x)["f"]
            along = f[:, 10:].log().sum(dim=1).mean().item()  # 40 steps
            assert along == pytest.approx(40 * math.log(sigma(bias)), rel=0.05)


@pytest.mark.equation("5.26")
@pytest.mark.parametrize("bias", [-1.0, 0.0, 1.0])
def test_is_one_step_at_the_start_nearly_the_printed_jacobian(bias):
    for seed in range(3):
        layer, hidden = drawn(bias, seed), 64
        for name in ("bias_ih_l0", "bias_hh_l0"):  # the argument: gates near one half
            kept = getattr(layer, name).data
            kept[:hidden], kept[2 * hidden :] = 0, 0

        def step(c, layer=layer):
            # c -> h = tanh(c) / 2 -> the next cell, the input 0
            h = torch.tanh(c) / 2
            a = layer.weight_hh_l0 @ h + layer.bias_ih_l0 + layer.bias_hh_l0
            i, f, g, _ = a.chunk(4)
            return f.sigmoid() * c + i.sigmoid() * g.tanh()

        small = 0.02 * torch.randn(hidden, generator=torch.Generator().manual_seed(seed)).double()
        true = torch.autograd.functional.jacobian(step, small).detach().numpy()
        w_hg = layer.weight_hh_l0.detach().numpy()[2 * hidden : 3 * hidden]
        printed = sigma(bias) * np.eye(hidden) + w_hg / 4
        assert np.linalg.norm(true - printed, 2) < 0.03 * np.linalg.norm(printed, 2)


@pytest.mark.equation("5.27")
def test_is_the_measured_factor_per_step_near_the_printed_one():
    assert 1 / (4 * math.sqrt(3)) == pytest.approx(0.144, abs=5e-4)
    for bias in (-1.0, 0.0, 1.0):
        rates = []
        for seed in range(3):
            x = torch.randn(2, 90, 4, generator=torch.Generator().manual_seed(seed)).double()
            norms = bptt.gradient_norm_by_lag(drawn(bias, seed), x)
            rates.append(np.polyfit(np.arange(20, 80), np.log(norms[20:80]), 1)[0])
        gamma = sigma(bias) + 1 / (4 * math.sqrt(3))
        assert math.exp(np.mean(rates)) == pytest.approx(gamma, abs=0.05)
        assert abs(math.exp(np.mean(rates)) - sigma(bias)) > 0.05  # and not the path alone


@pytest.mark.equation("5.28")
@pytest.mark.parametrize("n", [2, 20, 100, 1000])
def test_does_a_bias_of_log_n_keep_more_than_one_e_th(n):
    kept = sigma(math.log(n)) ** n
    assert kept == pytest.approx((n / (n + 1)) ** n, rel=1e-12)
    assert kept == pytest.approx((1 + 1 / n) ** -n, rel=1e-12)
    assert kept > 1 / math.e
    # the same from a cell: f alone, n steps
    layer = nn.LSTM(1, 1, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for weight in layer.parameters():
            weight.zero_()
    lstm.set_forget_bias(layer, math.log(n))
    cell = torch.ones(1, 1, 1, dtype=torch.float64)
    _, (_, c_n) = layer(torch.zeros(1, n, 1, dtype=torch.float64), (torch.zeros_like(cell), cell))
    assert c_n.item() == pytest.approx(kept, rel=1e-9)


@pytest.mark.equation("5.29")
@pytest.mark.equation("5.30")
def test_is_the_peephole_step_the_printed_one(rng):
    cell = lstm.LSTMCell(D, H, peephole=True, dtype=torch.float64)
    assert count(cell) == 4 * (H * D + H**2 + 2 * H) + 3 * H
    assert count(cell) - count(nn.LSTMCell(D, H)) == 3 * H
    for weight in cell.parameters():
        weight.data = torch.tensor(rng.normal(size=weight.shape))
    w = {name: weight.detach().numpy() for name, weight in cell.named_parameters()}
    x, h, c = rng.normal(size=D), rng.normal(size=H), rng.normal(size=H)
    a = w["weight_ih"] @ x + w["bias_ih"] + w["weight_hh"] @ h + w["bias_hh"]
    a_i, a_f, a_g, a_o = np.split(a, 4)
    i, f = sigma(a_i + w["weight_ci"] * c), sigma(a_f + w["weight_cf"] * c)
    c_t = f * c + i * np.tanh(a_g)
    h_t = sigma(a_o + w["weight_co"] * c_t) * np.tanh(c_t)
    theirs = cell(torch.tensor(x)[None], (torch.tensor(h)[None], torch.tensor(c)[None]))
    np.testing.assert_allclose(h_t, theirs[0][0].detach(), **EXACT)
    np.testing.assert_allclose(c_t, theirs[1][0].detach(), **EXACT)


@pytest.mark.equation("5.31")
@pytest.mark.equation("5.32")
def test_is_the_coupled_step_that_of_an_lstm_with_the_opposite_input_gate(rng):
    tied, free = lstm.LSTMCell(D, H, coupled=True), nn.LSTMCell(D, H)
    tied, free = tied.double(), free.double()
    assert count(tied) == 3 * (H * D + H**2 + 2 * H) == count(free) * 3 // 4
    # i = 1 - sigma(a) = sigma(-a): torch's own cell with the input block minus the forget block
    with torch.no_grad():
        for name, weight in tied.named_parameters():
            f, g, o = weight.chunk(3)
            getattr(free, name).copy_(torch.cat([-f, f, g, o]))
    x, h, c = (torch.tensor(rng.normal(size=(2, size))) for size in (D, H, H))
    for mine, other in zip(tied(x, (h, c)), free(x, (h, c)), strict=True):
        torch.testing.assert_close(mine, other, **EXACT)
    # and the cell as printed
    a = x @ tied.weight_ih.T + tied.bias_ih + h @ tied.weight_hh.T + tied.bias_hh
    a_f, a_g, _ = a.chunk(3, dim=1)
    printed = a_f.sigmoid() * c + (1 - a_f.sigmoid()) * a_g.tanh()
    torch.testing.assert_close(printed, tied(x, (h, c))[1], **EXACT)


@pytest.mark.equation("5.33")
def test_does_a_cell_that_reads_the_same_again_and_again_settle_where_printed():
    i, f, g = 0.3, 0.9, 0.6
    layer = nn.LSTM(1, 1, batch_first=True, dtype=torch.float64)
    logit = [math.log(i / (1 - i)), math.log(f / (1 - f)), math.atanh(g), 0.0]
    with torch.no_grad():
        for weight in layer.parameters():
            weight.zero_()
        layer.bias_ih_l0.copy_(torch.tensor(logit, dtype=torch.float64))
        _, (_, c_n) = layer(torch.zeros(1, 500, 1, dtype=torch.float64))
    assert c_n.item() == pytest.approx(i / (1 - f) * g, rel=1e-12)


@pytest.mark.equation("5.34")
def test_what_does_a_full_cell_still_show(witness):
    for t in range(1, T + 1):
        c = witness.c[t].detach().clone().requires_grad_()
        h = witness.gates[t]["o"].detach() * torch.tanh(c)
        rows = [torch.autograd.grad(h[n], c, retain_graph=True)[0].numpy() for n in range(H)]
        slope = witness.value("o", t) * (1 - np.tanh(c.detach().numpy()) ** 2)
        np.testing.assert_allclose(np.diag(slope), np.array(rows), **EXACT)
    for c in (3.0, 5.0, 8.0):
        assert 1 - math.tanh(c) ** 2 == pytest.approx(4 * math.exp(-2 * c), rel=0.01)
    assert 1 - math.tanh(1.0) ** 2 != pytest.approx(4 * math.exp(-2.0), rel=0.1)  # c >> 1 only
