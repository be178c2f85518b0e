"""Does each display of chapter 6, evaluated as it is printed, hold?"""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from rnn_utils import bptt, gru
from rnn_utils.rnn import count_parameters

D, H, T, B = 3, 5, 6, 4
EXACT = {"rtol": 0, "atol": 1e-12}
BLOCKS = {nn.RNN: 1, gru.MGU: 2, nn.GRU: 3, nn.LSTM: 4}


@pytest.fixture(params=[0, 1, 2])
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    return np.random.default_rng(request.param)


def sigma(a: np.ndarray | float) -> np.ndarray:
    return 1 / (1 + np.exp(-a))


class Blocks:
    """The weights of a GRU by their names in the text, W_ir to b_hn, as arrays."""

    def __init__(self, cell: nn.Module, letters: str = "rzn") -> None:
        for side in "ih":
            weight = getattr(cell, f"weight_{side}h").detach().numpy()
            bias = getattr(cell, f"bias_{side}h").detach().numpy()
            size = len(weight) // len(letters)
            for block, letter in enumerate(letters):
                rows = slice(block * size, (block + 1) * size)
                setattr(self, f"W_{side}{letter}", weight[rows])
                setattr(self, f"b_{side}{letter}", bias[rows])


def drawn(cell: nn.Module, rng: np.random.Generator) -> nn.Module:
    for parameter in cell.parameters():
        parameter.data = torch.tensor(rng.normal(size=tuple(parameter.shape)))
    return cell


class Witness:
    """One example through a GRU with every value recorded by autograd; indices from 1."""

    def __init__(self, rng: np.random.Generator, after: bool = True) -> None:
        cell = drawn(gru.GRUCell(D, H, dtype=torch.float64), rng)
        self.w = Blocks(cell)
        self.leaves = {
            name: torch.tensor(value, requires_grad=True) for name, value in vars(self.w).items()
        }
        w = self.leaves
        self.x = [torch.tensor(rng.normal(size=D), requires_grad=True) for _ in range(T + 1)]
        self.h = [torch.tensor(rng.normal(size=H), requires_grad=True)]
        zero = torch.zeros(H)
        self.in_r, self.in_z, self.in_n, self.r, self.z, self.n, self.m = ([zero] for _ in range(7))
        for t in range(1, T + 1):
            x, h = self.x[t], self.h[t - 1]
            self.in_r.append(w["W_ir"] @ x + w["b_ir"] + w["W_hr"] @ h + w["b_hr"])
            self.in_z.append(w["W_iz"] @ x + w["b_iz"] + w["W_hz"] @ h + w["b_hz"])
            self.r.append(torch.sigmoid(self.in_r[t]))
            self.z.append(torch.sigmoid(self.in_z[t]))
            self.m.append(w["W_hn"] @ h + w["b_hn"])
            past = self.r[t] * self.m[t]
            if not after:
                past = w["W_hn"] @ (self.r[t] * h) + w["b_hn"]
            self.in_n.append(w["W_in"] @ x + w["b_in"] + past)
            self.n.append(torch.tanh(self.in_n[t]))
            self.h.append((1 - self.z[t]) * self.n[t] + self.z[t] * h)
        for values in (self.in_r, self.in_z, self.in_n, self.h):
            for value in values[1:]:
                value.retain_grad()
        self.own = [rng.normal(size=H) for _ in range(T + 1)]  # dL/dh_t of the losses of step t
        loss = sum(self.h[t] @ torch.tensor(self.own[t]) for t in range(T + 1))
        loss.backward()

    def value(self, name: str, t: int) -> np.ndarray:
        return getattr(self, name)[t].detach().numpy()

    def total(self, name: str, t: int) -> np.ndarray:
        """The total derivative of the loss by a value, from autograd."""
        return getattr(self, name)[t].grad.numpy()

    def delta(self, t: int) -> np.ndarray:
        return np.concatenate([self.total(name, t) for name in ("in_r", "in_z", "in_n")])

    def gamma(self, t: int) -> np.ndarray:
        behind = self.value("r", t) * self.total("in_n", t)
        return np.concatenate([self.total("in_r", t), self.total("in_z", t), behind])

    def stacked(self, side: str, kind: str = "W") -> np.ndarray:
        """The gradient of the stacked weights W_ih, W_hh, b_ih or b_hh."""
        return np.concatenate([self.leaves[f"{kind}_{side}{b}"].grad.numpy() for b in "rzn"])


@pytest.fixture
def witness(rng: np.random.Generator) -> Witness:
    return Witness(rng)


@pytest.mark.equation("6.1")
def test_is_a_cell_with_two_gates_an_lstm_read_without_tanh(rng: np.random.Generator) -> None:
    cell = drawn(nn.LSTMCell(D, H, dtype=torch.float64), rng)
    x, past = rng.normal(size=D), rng.normal(size=H)
    w = Blocks(cell, "ifgo")
    i, f = (
        sigma(
            getattr(w, f"W_i{b}") @ x
            + getattr(w, f"b_i{b}")
            + getattr(w, f"W_h{b}") @ past
            + getattr(w, f"b_h{b}")
        )
        for b in "if"
    )
    g = np.tanh(w.W_ig @ x + w.b_ig + w.W_hg @ past + w.b_hg)
    # torch's LSTM with h = c = h_{t-1}: its new cell is the new state of (6.1)
    state = torch.tensor(past)[None]
    _, c = cell(torch.tensor(x)[None], (state, state))
    np.testing.assert_allclose(f * past + i * g, c[0].detach().numpy(), **EXACT)


@pytest.mark.equation("6.2")
def test_is_the_resting_place_where_the_iteration_ends(rng: np.random.Generator) -> None:
    for f, i, g in zip(*rng.uniform(0.02, 0.98, size=(2, 40)), rng.uniform(-1, 1, 40), strict=True):
        h = 0.0
        for _ in range(3000):
            h = f * h + i * g
        rest = i / (1 - f) * g
        assert rest == pytest.approx(h, abs=1e-12)
        assert (abs(h) > abs(g)) == (f + i > 1)


@pytest.mark.equation("6.3", "6.8")
def test_does_torch_divide_by_one_gate(witness: Witness, rng: np.random.Generator) -> None:
    cell = nn.GRUCell(D, H, dtype=torch.float64)
    w = witness.w
    arrays = (
        np.concatenate([getattr(w, f"{kind}{b}") for b in "rzn"])
        for kind in ("W_i", "W_h", "b_i", "b_h")
    )
    for parameter, array in zip(cell.parameters(), arrays, strict=True):
        parameter.data = torch.tensor(array)
    for t in range(1, T + 1):
        z, n, past = witness.value("z", t), witness.value("n", t), witness.value("h", t - 1)
        expected = cell(torch.tensor(witness.value("x", t))[None], torch.tensor(past)[None])
        expected = expected[0].detach().numpy()
        np.testing.assert_allclose(z * past + (1 - z) * n, expected, **EXACT)  # (6.3)
        np.testing.assert_allclose((1 - z) * n + z * past, expected, **EXACT)  # (6.8)
        assert (z > 0).all()
        assert (z < 1).all()


@pytest.mark.equation("6.4")
def test_does_the_state_stay_within_its_bound(rng: np.random.Generator) -> None:
    layer = drawn(nn.GRU(D, H, batch_first=True, dtype=torch.float64), rng)
    x = torch.tensor(5 * rng.normal(size=(B, 50, D)))
    for scale in (0.1, 3.0):
        start = torch.tensor(scale * rng.normal(size=(1, B, H)))
        with torch.no_grad():
            inside = gru.gates(layer, x, start)
            h = torch.cat([start[0][:, None], layer(x, start)[0]], dim=1).abs()
        both = torch.maximum(h[:, :-1], inside["n"].abs())
        assert (h[:, 1:] <= both + 1e-12).all()
        assert (h[:, 1:] <= torch.maximum(h[:, :1], torch.ones(())) + 1e-12).all()
    assert (h[:, 1:] > inside["n"].abs() + 0.1).any()  # the candidate alone is no bound


@pytest.mark.equation("6.5")
def test_is_the_state_a_weighted_mean_of_candidates(witness: Witness) -> None:
    z, n = ([witness.value(name, t) for t in range(T + 1)] for name in "zn")
    ones = np.ones(H)
    weights = [
        (1 - z[k]) * math.prod((z[t] for t in range(k + 1, T + 1)), start=ones)
        for k in range(1, T + 1)
    ]
    first = math.prod((z[t] for t in range(1, T + 1)), start=ones)
    mean = sum(weight * n[k] for k, weight in enumerate(weights, 1))
    last = mean + first * witness.value("h", 0)
    np.testing.assert_allclose(last, witness.value("h", T), **EXACT)
    np.testing.assert_allclose(sum(weights) + first, 1, **EXACT)


def by_the_text(w: Blocks, x: np.ndarray, past: np.ndarray) -> tuple[np.ndarray, ...]:
    """(6.6), (6.7) and (6.8) as printed."""
    r = sigma(w.W_ir @ x + w.b_ir + w.W_hr @ past + w.b_hr)
    z = sigma(w.W_iz @ x + w.b_iz + w.W_hz @ past + w.b_hz)
    n = np.tanh(w.W_in @ x + w.b_in + r * (w.W_hn @ past + w.b_hn))
    return (1 - z) * n + z * past, r, z, n


@pytest.mark.equation("6.6", "6.7")
def test_are_these_the_equations_of_torch(rng: np.random.Generator) -> None:
    cell = drawn(nn.GRUCell(D, H, dtype=torch.float64), rng)
    x, past = rng.normal(size=(B, D)), rng.normal(size=(B, H))
    expected = cell(torch.tensor(x), torch.tensor(past)).detach().numpy()
    for b in range(B):
        np.testing.assert_allclose(
            by_the_text(Blocks(cell), x[b], past[b])[0], expected[b], **EXACT
        )
    # each gate by itself: a gate's bias on one of torch's blocks moves what (6.6) says it moves
    cell.bias_ih.data[:H] = 60.0  # r = 1
    w = Blocks(cell)
    _, r, _, n = by_the_text(w, x[0], past[0])
    np.testing.assert_allclose(r, 1, **EXACT)
    plain = np.tanh(w.W_in @ x[0] + w.b_in + w.W_hn @ past[0] + w.b_hn)
    np.testing.assert_allclose(n, plain, **EXACT)
    cell.bias_ih.data[H : 2 * H] = 60.0  # z = 1: torch's state stands still
    still = cell(torch.tensor(x), torch.tensor(past)).detach().numpy()
    np.testing.assert_allclose(still, past, **EXACT)
    np.testing.assert_allclose(by_the_text(Blocks(cell), x[0], past[0])[2], 1, **EXACT)


@pytest.mark.equation("6.9")
@pytest.mark.parametrize(("D", "H"), [(1, 1), (3, 5), (20, 7)])
def test_is_this_the_count_of_parameters(D: int, H: int) -> None:
    assert count_parameters(nn.GRU(D, H)) == 3 * (H * D + H**2 + 2 * H)
    assert count_parameters(nn.GRU(D, H)) * 4 == count_parameters(nn.LSTM(D, H)) * 3


@pytest.mark.equation("6.10", "6.11", "6.12")
def test_are_the_errors_at_the_gates_those_of_autograd(witness: Witness) -> None:
    for t in range(1, T + 1):
        r, z, n, m = (witness.value(name, t) for name in "rznm")
        dh, past = witness.total("h", t), witness.value("h", t - 1)
        delta_n = (1 - n**2) * (1 - z) * dh
        np.testing.assert_allclose(delta_n, witness.total("in_n", t), **EXACT)
        delta_z = z * (1 - z) * (past - n) * dh
        np.testing.assert_allclose(delta_z, witness.total("in_z", t), **EXACT)
        delta_r = r * (1 - r) * m * delta_n
        np.testing.assert_allclose(delta_r, witness.total("in_r", t), **EXACT)


@pytest.mark.equation("6.13")
def test_are_there_four_ways_back(witness: Witness) -> None:
    w = witness.w
    for t in range(1, T + 1):
        r, z = witness.value("r", t), witness.value("z", t)
        expected = (
            witness.own[t - 1]
            + z * witness.total("h", t)
            + w.W_hr.T @ witness.total("in_r", t)
            + w.W_hz.T @ witness.total("in_z", t)
            + w.W_hn.T @ (r * witness.total("in_n", t))
        )
        np.testing.assert_allclose(expected, witness.total("h", t - 1), **EXACT)


@pytest.mark.equation("6.14", "6.15", "6.16")
def test_do_the_stacked_errors_give_all_gradients(witness: Witness) -> None:
    steps = range(1, T + 1)
    w_ih = np.concatenate([getattr(witness.w, f"W_i{b}") for b in "rzn"])
    assert witness.delta(1).shape == witness.gamma(1).shape == (3 * H,)
    sums = {
        ("i", "W"): sum(np.outer(witness.delta(t), witness.value("x", t)) for t in steps),
        ("h", "W"): sum(np.outer(witness.gamma(t), witness.value("h", t - 1)) for t in steps),
        ("i", "b"): sum(witness.delta(t) for t in steps),
        ("h", "b"): sum(witness.gamma(t) for t in steps),
    }
    for (side, kind), expected in sums.items():
        np.testing.assert_allclose(expected, witness.stacked(side, kind), **EXACT)
    for t in steps:
        np.testing.assert_allclose(w_ih.T @ witness.delta(t), witness.total("x", t), **EXACT)


@pytest.mark.equation("6.17")
def test_is_this_the_jacobian_of_a_step(rng: np.random.Generator) -> None:
    cell = drawn(nn.GRUCell(D, H, dtype=torch.float64), rng)
    w, x, past = Blocks(cell), rng.normal(size=D), rng.normal(size=H)
    _, r, z, n = by_the_text(w, x, past)
    m = w.W_hn @ past + w.b_hn
    u = (1 - z) * (1 - n**2) * r
    v = z * (1 - z) * (past - n)
    s = (1 - z) * (1 - n**2) * r * (1 - r) * m
    printed = np.diag(z) + np.diag(u) @ w.W_hn + np.diag(v) @ w.W_hz + np.diag(s) @ w.W_hr
    jacobian = torch.autograd.functional.jacobian(
        lambda h: cell(torch.tensor(x)[None], h[None])[0], torch.tensor(past)
    )
    np.testing.assert_allclose(printed, jacobian.numpy(), **EXACT)


def candidates(w: Blocks, x: np.ndarray, past: np.ndarray, r: np.ndarray) -> tuple:
    """(6.18) and (6.19) as printed."""
    before = np.tanh(w.W_in @ x + w.b_in + w.W_hn @ (r * past) + w.b_hn)
    after = np.tanh(w.W_in @ x + w.b_in + r * (w.W_hn @ past + w.b_hn))
    return before, after


@pytest.mark.equation("6.18", "6.19")
def test_are_these_the_candidates_of_the_two_variants(rng: np.random.Generator) -> None:
    from onnx import TensorProto, helper
    from onnx.reference import ReferenceEvaluator

    x, past = rng.normal(size=D), rng.normal(size=H)
    w = Blocks(drawn(gru.GRUCell(D, H, dtype=torch.float64), rng))
    r = sigma(w.W_ir @ x + w.b_ir + w.W_hr @ past + w.b_hr)
    z = sigma(w.W_iz @ x + w.b_iz + w.W_hz @ past + w.b_hz)
    names = ("X", "W", "R", "B", "", "h0")
    arrays = {
        "X": x[None, None],
        "W": np.concatenate([w.W_iz, w.W_ir, w.W_in])[None],  # ONNX orders z, r, n
        "R": np.concatenate([w.W_hz, w.W_hr, w.W_hn])[None],
        "B": np.concatenate([w.b_iz, w.b_ir, w.b_in, w.b_hz, w.b_hr, w.b_hn])[None],
        "h0": past[None, None],
    }
    for flag, n in enumerate(candidates(w, x, past, r)):
        node = helper.make_node("GRU", names, ["Y"], hidden_size=H, linear_before_reset=flag)
        values = [
            helper.make_tensor_value_info(name, TensorProto.DOUBLE, array.shape)
            for name, array in arrays.items()
        ]
        output = helper.make_tensor_value_info("Y", TensorProto.DOUBLE, (1, 1, 1, H))
        graph = helper.make_graph([node], "gru", values, [output])
        (y,) = ReferenceEvaluator(helper.make_model(graph)).run(None, arrays)
        np.testing.assert_allclose(((1 - z) * n + z * past), y.ravel(), **EXACT)


@pytest.mark.equation("6.20")
def test_is_this_the_error_at_the_reset_gate_of_the_original(rng: np.random.Generator) -> None:
    witness = Witness(rng, after=False)
    for t in range(1, T + 1):
        r, past = witness.value("r", t), witness.value("h", t - 1)
        delta_r = r * (1 - r) * past * (witness.w.W_hn.T @ witness.total("in_n", t))
        np.testing.assert_allclose(delta_r, witness.total("in_r", t), **EXACT)


@pytest.mark.equation("6.21")
def test_do_the_variants_agree_exactly_under_the_condition(rng: np.random.Generator) -> None:
    # two groups of units with one gate each, and a matrix that connects within the groups only
    group = np.array([0, 0, 0, 1, 1])
    r = sigma(rng.normal(size=2))[group]
    w = rng.normal(size=(H, H)) * (group[:, None] == group)
    broken = w.copy()
    broken[0, 4] = 1.0  # one connection across
    for matrix, agree in ((w, True), (np.diag(rng.normal(size=H)), True), (broken, False)):
        condition = np.allclose(matrix * r, r[:, None] * matrix, rtol=0, atol=1e-12)
        states = rng.normal(size=(100, H))
        before, after = (states * r) @ matrix.T, r * (states @ matrix.T)
        assert condition == agree == np.allclose(before, after, rtol=0, atol=1e-12)


@pytest.mark.equation("6.22")
def test_does_a_constant_gate_let_the_variants_convert(rng: np.random.Generator) -> None:
    after = drawn(gru.GRU(D, H, dtype=torch.float64), rng)
    before = gru.GRU(D, H, reset_after=False, dtype=torch.float64)
    with torch.no_grad():
        after.weight_ih_l0[:H] = after.weight_hh_l0[:H] = 0  # r reads nothing
        before.load_state_dict(after.state_dict())
        rho = sigma((after.bias_ih_l0 + after.bias_hh_l0)[:H].numpy())
        w_hn, b_hn = after.weight_hh_l0[2 * H :].numpy(), after.bias_hh_l0[2 * H :].numpy()
        x = torch.tensor(rng.normal(size=(B, T, D)))
        assert (before(x)[0] - after(x)[0]).abs().max() > 0.01
        printed = np.diag(rho) @ w_hn @ np.linalg.inv(np.diag(rho))
        before.weight_hh_l0[2 * H :] = torch.tensor(printed)
        before.bias_hh_l0[2 * H :] = torch.tensor(rho * b_hn)
        torch.testing.assert_close(before(x), after(x), rtol=0, atol=1e-12)


@pytest.mark.equation("6.23")
def test_is_this_what_the_first_unit_of_the_counterexample_hears(rng: np.random.Generator) -> None:
    cell = gru.GRU(1, 2, reset_after=False, dtype=torch.float64)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.weight_hh_l0[0, 0] = 1.0  # r_1 = sigma(h_1), r_2 = 1/2, z = 1/2
        cell.weight_hh_l0[4] = 1.0  # the first candidate reads both
        for start in 3 * rng.normal(size=(20, 2)):
            inside = gru.gates(cell, torch.zeros(1, 1, 1).double(), torch.tensor(start)[None, None])
            a_1 = sigma(start[0]) * start[0] + start[1] / 2
            assert inside["n"][0, 0, 0].item() == pytest.approx(np.tanh(a_1), abs=1e-12)
            assert inside["z"][0, 0, 0].item() == 0.5


@pytest.mark.equation("6.24")
def test_has_the_counterexample_no_solution(rng: np.random.Generator) -> None:
    from scipy.optimize import least_squares

    grid = np.linspace(-4, 4, 17)
    h_1, h_2 = (axis.ravel() for axis in np.meshgrid(grid, grid))
    left = sigma(h_1) * h_1 + h_2 / 2

    def right(values: np.ndarray) -> np.ndarray:
        c, alpha, beta, gamma, p, q, b = values
        return c + sigma(alpha * h_1 + beta * h_2 + gamma) * (p * h_1 + q * h_2 + b)

    for _ in range(3):
        fit = least_squares(lambda values: right(values) - left, rng.normal(size=7))
        assert np.sqrt(np.mean(fit.fun**2)) > 0.1  # no choice of the seven numbers comes near
    # the reading of the right side is that of a cell with the gate after the product
    c, alpha, beta, gamma, p, q, b = values = rng.normal(size=7)
    cell = gru.GRU(1, 2, dtype=torch.float64)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.weight_hh_l0[0] = torch.tensor([alpha, beta])
        cell.bias_hh_l0[0], cell.bias_ih_l0[4], cell.bias_hh_l0[4] = gamma, c, b
        cell.weight_hh_l0[4] = torch.tensor([p, q])
        starts = torch.tensor(np.stack([h_1, h_2], axis=1))[None]
        n = gru.gates(cell, torch.zeros(len(h_1), 1, 1).double(), starts)["n"][:, 0, 0]
    np.testing.assert_allclose(n.numpy(), np.tanh(right(values)), **EXACT)


@pytest.mark.equation("6.25", "6.26")
def test_is_a_minimal_gated_unit_the_original_with_tied_gates(rng: np.random.Generator) -> None:
    cell = drawn(gru.MGUCell(D, H, dtype=torch.float64), rng)
    w, x, past = Blocks(cell, "fn"), rng.normal(size=D), rng.normal(size=H)
    f = sigma(w.W_if @ x + w.b_if + w.W_hf @ past + w.b_hf)
    n = np.tanh(w.W_in @ x + w.b_in + w.W_hn @ (f * past) + w.b_hn)
    h = f * n + (1 - f) * past
    got = cell(torch.tensor(x)[None], torch.tensor(past)[None])[0].detach().numpy()
    np.testing.assert_allclose(h, got, **EXACT)
    # (6.26): W_.r = W_.f, W_.z = -W_.f, b_.r = b_.f, b_.z = -b_.f, put into (6.6) and (6.18)
    r = sigma(w.W_if @ x + w.b_if + w.W_hf @ past + w.b_hf)
    z = sigma(-w.W_if @ x - w.b_if - w.W_hf @ past - w.b_hf)
    tied = np.tanh(w.W_in @ x + w.b_in + w.W_hn @ (r * past) + w.b_hn)
    np.testing.assert_allclose((1 - z) * tied + z * past, got, **EXACT)
    np.testing.assert_allclose([r, z], [f, 1 - f], **EXACT)


@pytest.mark.equation("6.27")
@pytest.mark.parametrize("bias", [0.0, 1.0, 2.0, 4.0])
def test_does_the_bias_set_the_rate(bias: float) -> None:
    rates, flat = [], []
    for seed in range(4):
        torch.manual_seed(seed)
        layer = nn.GRU(D, 64, batch_first=True, dtype=torch.float64)  # torch's start
        layer.bias_ih_l0.data[64:128], layer.bias_hh_l0.data[64:128] = bias, 0.0
        x = torch.randn(B, 61, D, dtype=torch.float64)
        norms = bptt.gradient_norm_by_lag(layer, x)
        rates.append(np.exp(np.polyfit(np.arange(10, 61), np.log(norms[10:]), 1)[0]))
        flat.append(norms[60] / rates[-1] ** 60)  # the C of the straight line
    gamma = sigma(bias) + (1 - sigma(bias)) / (2 * math.sqrt(3))
    assert np.mean(rates) == pytest.approx(gamma, abs=0.04)
    assert 0.05 < min(flat) < max(flat) < 20


@pytest.mark.equation("6.28")
@pytest.mark.parametrize("k", [20, 100, 1000])
def test_does_a_share_of_one_in_e_remain(k: int) -> None:
    b = math.log(k)
    assert sigma(b) ** k == pytest.approx((k / (k + 1)) ** k, abs=1e-12)
    assert (k / (k + 1)) ** k == pytest.approx(math.exp(-1), rel=1 / k)
    # a torch unit with nothing but this bias, k steps after it was set to 1
    cell = nn.GRUCell(1, 1, dtype=torch.float64)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.bias_ih[1] = b
        h = torch.ones(1, 1, dtype=torch.float64)
        for _ in range(k):
            h = cell(torch.zeros(1, 1, dtype=torch.float64), h)
    assert h.item() == pytest.approx(sigma(b) ** k, abs=1e-12)


@pytest.mark.equation("6.29", "6.30")
@pytest.mark.parametrize("make", BLOCKS)
def test_do_width_and_count_invert_each_other(make: type[nn.Module]) -> None:
    G = BLOCKS[make]
    for D, H, K, E in ((2, 32, 1, 0), (16, 20, 10, 1440), (8, 57, 4, 7)):
        P = G * (H * D + H**2 + 2 * H) + K * H + K + E
        assert count_parameters(make(D, H)) + count_parameters(nn.Linear(H, K)) + E == P
        beta = G * (D + 2) + K
        root = (-beta + math.sqrt(beta**2 + 4 * G * (P - K - E))) / (2 * G)
        assert root == pytest.approx(H, abs=1e-9)


@pytest.mark.equation("6.31")
@pytest.mark.parametrize("S", [3, 6, 8])
def test_is_this_students_interval_of_paired_differences(S: int, rng: np.random.Generator) -> None:
    one, other = rng.normal(size=(2, S))
    d = one - other
    mean = d.sum() / S
    half = stats.t.ppf(0.975, S - 1) * math.sqrt(((d - mean) ** 2).sum() / (S * (S - 1)))
    low, high = stats.ttest_rel(one, other).confidence_interval(0.95)
    np.testing.assert_allclose([mean - half, mean + half], [low, high], **EXACT)
    if S == 6:
        assert round(float(stats.t.ppf(0.975, 5)), 2) == 2.57
