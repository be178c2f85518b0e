"""Is the hand-written backpropagation through time right, and are its instruments?"""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from rnn_utils import bptt

B, T, D, H, K = 3, 7, 4, 5, 6


@pytest.fixture(params=[0, 1, 2])
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    return np.random.default_rng(request.param)


def example(rng: np.random.Generator, steps: int = T, loss: str = "cross_entropy"):
    parameters = bptt.Parameters.draw(D, H, K, seed=int(rng.integers(1000)))
    x = rng.normal(size=(B, steps, D))
    state = rng.normal(size=(B, H)) / 2
    if loss == "cross_entropy":
        targets = rng.integers(K, size=(B, steps))
        targets[0, steps // 2] = bptt.IGNORED
    else:
        targets = rng.normal(size=(B, steps, K))
    return parameters, x, targets, state


def torch_twin(parameters, x, targets, state, loss="cross_entropy", chunks=None):
    """torch's loss and gradients, with the state detached at the start of each chunk."""
    rnn = nn.RNN(D, H, batch_first=True, dtype=torch.float64)
    head = nn.Linear(H, K, dtype=torch.float64)
    recurrent = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    tensors = {n: getattr(rnn, f"{n}_l0") for n in recurrent}
    tensors |= {"weight_hy": head.weight, "bias_y": head.bias}
    for name, tensor in tensors.items():
        tensor.data = torch.tensor(parameters.arrays()[name])
    inputs = torch.tensor(x, requires_grad=True)
    start = torch.tensor(state, requires_grad=True)
    carried, total = start[None], torch.zeros((), dtype=torch.float64)
    for first, stop in chunks or [(0, x.shape[1])]:
        carried = carried.detach() if first else carried
        output, carried = rnn(inputs[:, first:stop], carried)
        wanted = torch.tensor(targets[:, first:stop])
        if loss == "cross_entropy":
            logits = head(output).flatten(0, 1)
            value = nn.functional.cross_entropy(logits, wanted.flatten(), reduction="sum")
        else:
            value = ((head(output) - wanted) ** 2).sum() / 2
        total = total + value / x.shape[0]
    total.backward()
    gradients = {name: tensor.grad.numpy() for name, tensor in tensors.items()}
    gradients |= {"state": start.grad.numpy(), "x": inputs.grad.numpy()}
    return total.item(), gradients


def assert_equal(ours, theirs, atol=1e-12):
    for name in theirs:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=0, atol=atol, err_msg=name)


@pytest.mark.parametrize("loss", bptt.LOSSES)
def test_is_the_full_gradient_torch_s_to_1e_12(rng, loss):
    parameters, x, targets, state = example(rng, loss=loss)
    value, cache = bptt.forward(parameters, x, targets, state, loss)
    expected, gradients = torch_twin(parameters, x, targets, state, loss)
    assert value == pytest.approx(expected, abs=1e-12)
    assert cache.losses.sum() == pytest.approx(value, abs=1e-12)
    ours = bptt.backward(parameters, cache)
    assert set(ours) == set(gradients)
    assert_equal(ours, gradients)


@pytest.mark.parametrize("window", [1, 2, 3, 7, 20])
def test_is_truncation_with_k1_equal_to_k2_what_detach_gives(rng, window):
    parameters, x, targets, state = example(rng)
    _, cache = bptt.forward(parameters, x, targets, state)
    chunks = [(first, min(first + window, T)) for first in range(0, T, window)]
    _, gradients = torch_twin(parameters, x, targets, state, chunks=chunks)
    assert_equal(bptt.truncated_backward(parameters, cache, window, window), gradients)


@pytest.mark.parametrize(("k1", "k2"), [(1, 1), (1, 3), (2, 3), (3, 5), (2, 7), (4, 4)])
def test_does_truncation_send_each_loss_back_over_its_own_window(rng, k1, k2):
    parameters, x, targets, state = example(rng)
    _, cache = bptt.forward(parameters, x, targets, state)
    ours = bptt.truncated_backward(parameters, cache, k1, k2)
    # plain twin: one torch graph per window, from a state without a past
    expected = {name: np.zeros_like(array) for name, array in parameters.arrays().items()}
    for first in range(0, T, k1):
        stop, start = min(first + k1, T), max(0, first - (k2 - k1))
        wanted = targets[:, start:stop].copy()
        wanted[:, : first - start] = bptt.IGNORED
        _, part = torch_twin(parameters, x[:, start:stop], wanted, cache.states[:, start])
        for name, array in expected.items():
            array += part[name]
    assert_equal(ours, expected)


def test_is_a_reach_over_the_whole_sequence_the_full_gradient(rng):
    parameters, x, targets, state = example(rng)
    _, cache = bptt.forward(parameters, x, targets, state)
    full = bptt.backward(parameters, cache)
    assert_equal(bptt.truncated_backward(parameters, cache, 1, T), full)
    assert_equal(bptt.truncated_backward(parameters, cache, T, T), full)
    cut = bptt.truncated_backward(parameters, cache, 1, 1)
    assert np.abs(cut["weight_hh"] - full["weight_hh"]).max() > 1e-3


@pytest.mark.parametrize("loss", bptt.LOSSES)
def test_is_forward_mode_equal_to_backward_mode(rng, loss):
    parameters, x, targets, state = example(rng, loss=loss)
    value, cache = bptt.forward(parameters, x, targets, state, loss)
    forward_value, gradients = bptt.rtrl(parameters, x, targets, state, loss)
    full = bptt.backward(parameters, cache)
    assert forward_value == value
    assert set(gradients) == set(full) - {"x"}
    assert_equal(full, gradients)


def test_can_a_sequence_be_sent_back_in_pieces(rng):
    parameters, x, targets, state = example(rng)
    _, whole = bptt.forward(parameters, x, targets, state)
    _, first = bptt.forward(parameters, x[:, :3], targets[:, :3], state)
    _, second = bptt.forward(parameters, x[:, 3:], targets[:, 3:], first.states[:, -1])
    late = bptt.backward(parameters, second)
    early = bptt.backward(parameters, first, future=late["state"])
    full = bptt.backward(parameters, whole)
    for name in parameters.arrays():
        np.testing.assert_allclose(early[name] + late[name], full[name], rtol=0, atol=1e-13)
    np.testing.assert_allclose(early["state"], full["state"], rtol=0, atol=1e-13)
    with pytest.raises(ValueError, match=r"future: expected shape \(B, H\) with B = 3, H = 5"):
        bptt.backward(parameters, first, future=np.zeros((B, H + 1)))


@pytest.mark.parametrize("loss", bptt.LOSSES)
def test_does_the_complex_step_agree_to_1e_14(rng, loss):
    parameters, x, targets, state = example(rng, loss=loss)
    _, cache = bptt.forward(parameters, x, targets, state, loss)
    at = parameters.arrays() | {"state": state, "x": x}

    def value(arrays):
        start, inputs = arrays["state"], arrays["x"]
        chosen = bptt.Parameters(**{name: arrays[name] for name in parameters.arrays()})
        return bptt.forward(chosen, inputs, targets, start, loss)[0]

    report = bptt.gradient_check(value, at, bptt.backward(parameters, cache))
    assert report.worst < 1e-14
    assert set(report.errors) == set(at)
    plain = bptt.gradient_check(
        value, at, bptt.backward(parameters, cache), bptt.central_difference
    )
    assert 1e-13 < plain.worst < 1e-8


def test_does_the_check_name_the_parameter_and_the_entry_that_is_wrong(rng):
    at = {"u": rng.normal(size=(2, 3)), "v": rng.normal(size=4)}

    def value(arrays):
        return (np.sin(arrays["u"]).sum() * arrays["v"]).sum()

    right = {
        "u": np.cos(at["u"]) * at["v"].sum(),
        "v": np.full(4, np.sin(at["u"]).sum()),
    }
    assert bptt.gradient_check(value, at, right).worst < 1e-14
    right["u"][1, 2] *= 1.5
    report = bptt.gradient_check(value, at, right)
    assert (report.parameter, report.index) == ("u", (1, 2))
    assert report.worst > 1e-3
    right["u"][1, 2] = math.nan
    assert bptt.gradient_check(value, at, right).worst == math.inf
    with pytest.raises(ValueError, match=r"gradients\['v'\]: expected shape \(4,\), got \(3,\)"):
        bptt.gradient_check(value, at, right | {"v": np.zeros(3)})
    with pytest.raises(ValueError, match=r"gradients\['v'\]: expected shape \(4,\), got None"):
        bptt.gradient_check(value, at, {"u": right["u"]})


def test_do_the_numerical_derivatives_take_a_bare_array():
    at = np.array([0.3, 1.1])
    exact = np.array([math.cos(0.3), math.cos(1.1)])
    np.testing.assert_allclose(bptt.complex_step(lambda a: np.sin(a).sum(), at), exact, rtol=1e-15)
    np.testing.assert_allclose(
        bptt.central_difference(lambda a: np.sin(a).sum(), at), exact, rtol=1e-9
    )


def test_does_the_complex_step_say_so_when_the_step_is_lost():
    with pytest.raises(TypeError, match="function: expected a complex number back, got"):
        bptt.complex_step(lambda a: float(np.abs(a).sum()), np.ones(2))


@pytest.mark.parametrize("limit", [0.1, 1.0, 1e6])
def test_does_clipping_by_norm_equal_torch_s(rng, limit):
    gradients = {"a": rng.normal(size=(3, 4)), "b": rng.normal(size=5)}
    clipped, norm = bptt.clip_by_norm(gradients, limit)
    tensors = [nn.Parameter(torch.zeros(array.shape)) for array in gradients.values()]
    for tensor, array in zip(tensors, gradients.values(), strict=True):
        tensor.data = torch.zeros(array.shape, dtype=torch.float64)
        tensor.grad = torch.tensor(array)
    total = nn.utils.clip_grad_norm_(tensors, limit).item()
    assert norm == pytest.approx(total, rel=1e-14)
    # torch divides by the norm + 1e-6 where it clips
    guard = (total + 1e-6) / total if limit < total else 1.0
    for tensor, array in zip(tensors, clipped.values(), strict=True):
        np.testing.assert_allclose(tensor.grad.numpy() * guard, array, rtol=0, atol=1e-12)
    flat = np.concatenate([np.ravel(array) for array in clipped.values()])
    assert np.linalg.norm(flat) == pytest.approx(min(norm, limit))
    assert bptt.angle(clipped, gradients) < 1e-6


def test_does_clipping_by_value_equal_torch_s_and_turn_the_gradient(rng):
    gradients = {"a": rng.normal(size=(3, 4)), "b": rng.normal(size=5)}
    clipped = bptt.clip_by_value(gradients, 0.3)
    for name, array in gradients.items():
        parameter = nn.Parameter(torch.zeros(array.shape, dtype=torch.float64))
        parameter.grad = torch.tensor(array)
        nn.utils.clip_grad_value_([parameter], 0.3)
        np.testing.assert_array_equal(parameter.grad.numpy(), clipped[name])
    assert bptt.angle(clipped, gradients) > 5


def test_does_clipping_leave_a_zero_gradient_and_refuse_an_infinite_one():
    clipped, norm = bptt.clip_by_norm({"a": np.zeros(3)}, 1.0)
    assert norm == 0
    np.testing.assert_array_equal(clipped["a"], np.zeros(3))
    for bad in (math.inf, math.nan):
        with pytest.raises(ValueError, match="gradients: expected a finite norm, got"):
            bptt.clip_by_norm({"a": np.array([1.0, bad])}, 1.0)
    with pytest.raises(ValueError, match="gradients: expected at least one array, got none"):
        bptt.clip_by_norm({}, 1.0)


def test_does_the_angle_measure_right_angles_and_tiny_ones():
    east, north = (
        {"a": np.array([2.0]), "b": np.array([0.0])},
        {
            "b": np.array([3.0]),
            "a": np.array([0.0]),
        },
    )
    assert bptt.angle(east, north) == pytest.approx(90)
    assert bptt.angle(east, {n: -a for n, a in east.items()}) == pytest.approx(180)
    near = {"a": np.array([1.0]), "b": np.array([1e-9])}
    assert bptt.angle(east, near) == pytest.approx(math.degrees(1e-9), rel=1e-6)
    assert math.isnan(bptt.angle(east, {n: 0 * a for n, a in east.items()}))
    with pytest.raises(ValueError, match="second: expected the names and shapes of first"):
        bptt.angle(east, {"a": np.zeros(1)})


@pytest.mark.parametrize("activation", bptt.ACTIVATIONS)
def test_is_the_jacobian_that_of_autograd(rng, activation):
    parameters, x, _, state = example(rng)
    w = {name: torch.tensor(array) for name, array in parameters.arrays().items()}
    f = torch.tanh if activation == "tanh" else torch.relu

    def step(h):
        return f(
            w["weight_ih"] @ torch.tensor(x[0, 0])
            + w["bias_ih"]
            + w["weight_hh"] @ h
            + w["bias_hh"]
        )

    h = torch.tensor(state[0])
    expected = torch.autograd.functional.jacobian(step, h).numpy()
    after = step(h).numpy()
    ours = bptt.jacobian(parameters.weight_hh, after, activation)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-14)
    many = bptt.jacobian(parameters.weight_hh, np.stack([after, after]), activation)
    assert many.shape == (2, H, H)
    np.testing.assert_array_equal(many[1], ours)


def test_are_the_singular_values_of_a_short_product_numpy_s(rng):
    factors = rng.normal(size=(4, 6, 6))
    product = factors[3] @ factors[2] @ factors[1] @ factors[0]
    expected = np.log(np.linalg.svd(product, compute_uv=False))
    np.testing.assert_allclose(bptt.log_singular_values(factors), expected, rtol=0, atol=1e-9)


def test_do_the_singular_values_survive_a_product_that_float64_cannot_hold():
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    # turn diag turn^T, 400 times: the spectrum is known, from 10^800 down to 10^-800
    factor = turn @ np.diag([100.0, 1.0, 0.01]) @ turn.T
    logs = bptt.log_singular_values(np.stack([factor] * 400))
    expected = 400 * np.log([100.0, 1.0, 0.01])
    np.testing.assert_allclose(logs, expected, rtol=1e-9, atol=1e-9)
    exponents = bptt.lyapunov_exponents(np.stack([factor] * 400))
    np.testing.assert_allclose(exponents, expected / 400, rtol=0, atol=0.02)


def test_is_a_zero_singular_value_very_negative():
    logs = bptt.log_singular_values(np.stack([np.diag([2.0, 0.0])] * 3))
    assert logs[0] == pytest.approx(3 * math.log(2))
    assert logs[1] < -30


def test_is_the_gradient_by_lag_the_product_of_the_jacobians(rng):
    parameters, x, targets, _ = example(rng)
    _, cache = bptt.forward(parameters, x, targets)
    direction = rng.normal(size=H)
    expected = []
    for lag in range(T):
        norms = []
        for b in range(B):
            message = direction
            for t in range(T, T - lag, -1):
                message = bptt.jacobian(parameters.weight_hh, cache.states[b, t]).T @ message
            norms.append(np.linalg.norm(message))
        expected.append(np.mean(norms))
    ours = bptt.gradient_norm_by_lag(parameters, x, direction)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-12)
    rnn = nn.RNN(D, H, batch_first=True, dtype=torch.float64)
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        getattr(rnn, f"{name}_l0").data = torch.tensor(parameters.arrays()[name])
    theirs = bptt.gradient_norm_by_lag(rnn, torch.tensor(x), direction)
    np.testing.assert_allclose(theirs, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
@pytest.mark.parametrize("layers", [1, 2])
def test_does_the_gradient_by_lag_take_every_recurrent_module(kind, layers):
    torch.manual_seed(0)
    model = kind(D, H, num_layers=layers, batch_first=True, dtype=torch.float64)
    x = torch.randn(B, T, D, dtype=torch.float64)
    norms = bptt.gradient_norm_by_lag(model, x)
    assert norms.shape == (T,)
    assert norms[0] == pytest.approx(1, abs=1e-12)
    # plain twin: stop at the earlier state, start again from it as a leaf, run to the end
    for lag in range(1, T):
        _, reached = model(x[:, : T - lag])
        reached = reached if isinstance(reached, tuple) else (reached,)
        leaves = [part.detach().requires_grad_() for part in reached]
        output, _ = model(x[:, T - lag :], tuple(leaves) if kind is nn.LSTM else leaves[0])
        (output[:, -1].sum() / math.sqrt(H)).backward(inputs=leaves)
        squares = sum((leaf.grad**2).sum(dim=(0, 2)) for leaf in leaves)  # (B,)
        assert norms[lag] == pytest.approx(squares.sqrt().mean().item(), abs=1e-12)
    assert all(p.grad is None for p in model.parameters())


def test_do_the_weights_of_torch_arrive_unchanged():
    rnn, head = nn.RNN(D, H), nn.Linear(H, K)
    parameters = bptt.Parameters.from_torch(rnn, head)
    np.testing.assert_array_equal(parameters.weight_hh, rnn.weight_hh_l0.detach().numpy())
    np.testing.assert_array_equal(parameters.bias_y, head.bias.detach().numpy())
    parameters.weight_hh[0, 0] = 7
    assert rnn.weight_hh_l0[0, 0] != 7


def test_do_wrong_arguments_say_what_was_expected():
    parameters = bptt.Parameters.draw(D, H, K)
    x, targets = np.zeros((2, T, D)), np.zeros((2, T), int)
    with pytest.raises(ValueError, match=r"x: expected shape \(B, T, D\) with D = 4, got \(2, 5\)"):
        bptt.forward(parameters, np.zeros((2, 5)), targets)
    with pytest.raises(ValueError, match=r"state: expected shape \(B, H\) with B = 2, H = 5"):
        bptt.forward(parameters, x, targets, np.zeros((2, H + 1)))
    with pytest.raises(ValueError, match=r"targets: expected shape \(B, T\)"):
        bptt.forward(parameters, x, targets[:, 1:])
    with pytest.raises(ValueError, match=r"targets: expected classes from 0 to K - 1 = 5"):
        bptt.forward(parameters, x, targets + K)
    with pytest.raises(TypeError, match=r"targets: expected integers of shape \(B, T\), got float"):
        bptt.forward(parameters, x, targets.astype(float))
    with pytest.raises(ValueError, match=r"targets: expected shape \(B, T, K\)"):
        bptt.forward(parameters, x, targets, loss="squared_error")
    with pytest.raises(ValueError, match="loss: expected one of 'cross_entropy', 'squared_error'"):
        bptt.forward(parameters, x, targets, loss="hinge")
    _, cache = bptt.forward(parameters, x, targets)
    with pytest.raises(ValueError, match="k1: expected a number above 0, got 0"):
        bptt.truncated_backward(parameters, cache, 0, 3)
    with pytest.raises(ValueError, match="k2: expected at least k1 = 3 steps, got 2"):
        bptt.truncated_backward(parameters, cache, 3, 2)
    with pytest.raises(ValueError, match=r"weight_hh: expected shape \(H, H\) with H = 5"):
        bptt.Parameters(**parameters.arrays() | {"weight_hh": np.zeros((H, H + 1))})
    with pytest.raises(ValueError, match="hidden: expected a number above 0, got 0"):
        bptt.Parameters.draw(D, 0, K)
    with pytest.raises(ValueError, match=r"states: expected shape \(\.\.\., H\) with H = 5"):
        bptt.jacobian(parameters.weight_hh, np.zeros((3, 4)))
    with pytest.raises(ValueError, match="activation: expected one of 'tanh', 'relu'"):
        bptt.jacobian(parameters.weight_hh, np.zeros(H), "sigmoid")
    with pytest.raises(ValueError, match=r"jacobians: expected shape \(T, H, H\)"):
        bptt.log_singular_values(np.eye(3))
    with pytest.raises(ValueError, match="jacobians: T: expected a number above 0, got 0"):
        bptt.lyapunov_exponents(np.zeros((0, 3, 3)))
    with pytest.raises(ValueError, match="model: expected one direction and batch_first=True"):
        bptt.gradient_norm_by_lag(nn.RNN(D, H), torch.zeros(2, T, D))
    with pytest.raises(
        ValueError, match=r"direction: expected shape \(H,\) with H = 5, got \(4,\)"
    ):
        bptt.gradient_norm_by_lag(parameters, x, np.ones(4))
    for helper in (bptt.central_difference, bptt.complex_step):
        with pytest.raises(ValueError, match="step: expected a number above 0, got 0"):
            helper(np.sum, np.ones(2), step=0)
    for clip in (bptt.clip_by_norm, bptt.clip_by_value):
        with pytest.raises(ValueError, match="limit: expected a number above 0, got -1"):
            clip({"a": np.ones(2)}, -1)
