"""Does the course's LSTM do what torch's does, in all its forms, and is its fast path exact?"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from _twins import EXACT, layer_options, sizes
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnn_utils import bptt, lstm, rnn

BIASES = pytest.mark.parametrize("bias", [True, False], ids=["biases", "no-biases"])
PATHS = pytest.mark.parametrize("fast", [False, True], ids=["readable", "fast"])
OPTIONS = [
    {"peephole": True},
    {"coupled": True},
    {"layer_norm": True},
    {"peephole": True, "coupled": True},
    {"peephole": True, "coupled": True, "layer_norm": True},
]
NAMED = pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "-".join(options))


def twins(
    seed: int, fast: bool = False, **extra: Any
) -> tuple[lstm.LSTM, nn.LSTM, Tensor, tuple[Tensor, Tensor]]:
    """Return ours and torch's with the same weights, an input and an initial state."""
    _, batch, steps, features, hidden = sizes(seed)
    options = layer_options(seed) | extra
    torch.manual_seed(seed)
    theirs = nn.LSTM(features, hidden, batch_first=True, dtype=torch.float64, **options)
    ours = lstm.LSTM(features, hidden, dtype=torch.float64, fast=fast, **options)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(batch, steps, features, dtype=torch.float64)
    count = ours.num_layers * (2 if ours.bidirectional else 1)
    h, c = torch.randn(2, count, batch, hidden, dtype=torch.float64)
    return ours, theirs, x, (h, c)


def leaf(tensor: Tensor) -> Tensor:
    return tensor.clone().requires_grad_()


def scalar(output: Tensor, state: tuple[Tensor, Tensor]) -> Tensor:
    """Return a loss in which every number of the outputs and of the state counts differently."""
    weight = torch.linspace(-1, 1, output.numel(), dtype=output.dtype).reshape(output.shape)
    return (output * weight).sum() + (state[0] ** 2).sum() + (state[1] ** 3).sum()


def everything(
    module: nn.Module, read: Callable[..., tuple[Tensor, tuple[Tensor, Tensor]]], *inputs: Tensor
) -> dict[str, Tensor]:
    """Return the outputs of `read` and all gradients of a loss on them, by name."""
    module.zero_grad()
    x, h, c = (leaf(tensor) for tensor in inputs)
    output, state = read(x, (h, c))
    scalar(output, state).backward()
    values = {"output": output, "h": state[0], "c": state[1]}
    values |= {"x.grad": x.grad, "h.grad": h.grad, "c.grad": c.grad}
    values |= {f"{name}.grad": p.grad.clone() for name, p in module.named_parameters()}
    return values


def weights_of(module: nn.Module) -> dict[str, np.ndarray]:
    return {key.removesuffix("_l0"): value.numpy() for key, value in module.state_dict().items()}


# NumPy: forward and backward


@pytest.mark.parametrize("seed", range(10))
@BIASES
def test_does_the_numpy_step_equal_torch_cell(seed: int, bias: bool) -> None:
    draw, batch, _, features, hidden = sizes(seed)
    cell = nn.LSTMCell(features, hidden, bias=bias, dtype=torch.float64)
    x, (h, c) = draw.normal(size=(batch, features)), draw.normal(size=(2, batch, hidden))
    expected = cell(torch.from_numpy(x), (torch.from_numpy(h), torch.from_numpy(c)))
    got = lstm.lstm_step(x, (h, c), **weights_of(cell))
    for mine, yours in zip(got, expected, strict=True):
        np.testing.assert_allclose(mine, yours.detach().numpy(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", range(10))
@BIASES
def test_does_the_numpy_sequence_equal_torch(seed: int, bias: bool) -> None:
    _, theirs, x, state = twins(seed, num_layers=1, bidirectional=False, bias=bias)
    for start in (None, state):
        expected, finals = theirs(x, start)
        begin = None if start is None else (start[0][0].numpy(), start[1][0].numpy())
        got, lasts = lstm.lstm_sequence(x.numpy(), **weights_of(theirs), state=begin)
        np.testing.assert_allclose(got, expected.detach().numpy(), rtol=0, atol=1e-12)
        for mine, yours in zip(lasts, finals, strict=True):
            np.testing.assert_allclose(mine, yours[0].detach().numpy(), rtol=0, atol=1e-12)


def test_does_a_sequence_of_no_steps_leave_the_state() -> None:
    state = np.ones((2, 3)), 2 * np.ones((2, 3))
    x, weight_ih, weight_hh = np.ones((2, 0, 4)), np.ones((12, 4)), np.ones((12, 3))
    output, (h, c) = lstm.lstm_sequence(x, weight_ih, weight_hh, state=state)
    assert output.shape == (2, 0, 3)
    np.testing.assert_array_equal(h, state[0])
    np.testing.assert_array_equal(c, state[1])
    assert not lstm.lstm_sequence(x, weight_ih, weight_hh)[1][1].any()


def test_does_a_large_input_not_overflow() -> None:
    x = np.array([[1e4], [-1e4]])
    h, c = lstm.lstm_step(x, (np.zeros((2, 1)), np.ones((2, 1))), np.ones((4, 1)), np.ones((4, 1)))
    np.testing.assert_allclose(c[:, 0], [2, 0], atol=1e-12)
    np.testing.assert_allclose(h[:, 0], [math.tanh(2), 0], atol=1e-12)


@pytest.mark.parametrize("seed", range(12))
@BIASES
def test_does_the_backward_pass_by_hand_equal_autograd(seed: int, bias: bool) -> None:
    _, theirs, x, state = twins(seed, num_layers=1, bidirectional=False, bias=bias)
    expected = everything(theirs, theirs, x, *state)
    begin = state[0][0].numpy(), state[1][0].numpy()
    output, (h, c), cache = lstm.lstm_forward(x.numpy(), **weights_of(theirs), state=begin)
    weight = np.linspace(-1, 1, output.size).reshape(output.shape)  # of the loss in `scalar`
    got = lstm.lstm_backward(weight, (2 * h, 3 * c**2), cache)
    assert set(got) == {"x", "h", "c", *weights_of(theirs)}
    for name, value in got.items():
        other = expected.get(f"{name}.grad", expected.get(f"{name}_l0.grad"))
        other = other[0] if name in "hc" else other
        np.testing.assert_allclose(value, other.numpy(), rtol=0, atol=1e-12, err_msg=name)


def test_does_the_backward_pass_agree_with_a_complex_step_and_with_differences() -> None:
    draw = np.random.default_rng(3)
    point = {
        "x": draw.normal(size=(2, 5, 3)),
        "weight_ih": draw.normal(size=(16, 3)),
        "weight_hh": draw.normal(size=(16, 4)) / 2,
        "bias_ih": draw.normal(size=16),
        "bias_hh": draw.normal(size=16),
        "h": draw.normal(size=(2, 4)),
        "c": draw.normal(size=(2, 4)),
    }
    weight, ends = draw.normal(size=(2, 5, 4)), draw.normal(size=(2, 2, 4))

    def run(values: dict[str, np.ndarray]) -> tuple[Any, ...]:
        rest = {key: value for key, value in values.items() if key not in "hc"}
        return lstm.lstm_forward(**rest, state=(values["h"], values["c"]))

    def loss(values: dict[str, np.ndarray]) -> Any:
        output, (h, c), _ = run(values)
        return (weight * output).sum() + (ends[0] * h).sum() + (ends[1] * c).sum()

    got = lstm.lstm_backward(weight, (ends[0], ends[1]), run(point)[2])
    complex_step, differences = bptt.complex_step(loss, point), bptt.central_difference(loss, point)
    for name, value in got.items():
        assert abs(value).max() > 1e-3, name
        np.testing.assert_allclose(value, complex_step[name], rtol=0, atol=1e-12, err_msg=name)
        np.testing.assert_allclose(value, differences[name], rtol=0, atol=1e-7, err_msg=name)


@pytest.mark.parametrize("seed", range(6))
def test_does_the_backward_pass_serve_sequences_of_different_lengths(seed: int) -> None:
    ours, _, x, state = twins(seed, num_layers=1, bidirectional=False, bias=True)
    batch, steps, _ = x.shape
    lengths = np.random.default_rng(seed).integers(1, steps + 1, size=batch)
    start = tuple(leaf(part) for part in state)
    output, _ = ours(x, start, lengths=torch.from_numpy(lengths))
    weight = torch.linspace(1, 2, output.numel(), dtype=torch.float64).reshape(output.shape)
    (output * weight).sum().backward()
    begin = state[0][0].numpy(), state[1][0].numpy()
    _, _, cache = lstm.lstm_forward(x.numpy(), **weights_of(ours), state=begin)
    live = np.arange(steps) < lengths[:, None]
    got = lstm.lstm_backward(weight.numpy() * live[..., None], None, cache)
    np.testing.assert_allclose(got["h"], start[0].grad[0].numpy(), rtol=0, atol=1e-12)
    np.testing.assert_allclose(got["c"], start[1].grad[0].numpy(), rtol=0, atol=1e-12)
    for name, parameter in ours.named_parameters():
        expected = parameter.grad.numpy()
        np.testing.assert_allclose(got[name[:-3]], expected, rtol=0, atol=1e-12, err_msg=name)
    assert not got["x"][~live].any()


def test_can_a_long_sequence_be_sent_back_in_pieces() -> None:
    ours, _, x, _ = twins(1, num_layers=1, bidirectional=False)
    weights, x = weights_of(ours), np.random.default_rng(1).normal(size=(3, 9, x.shape[2]))
    whole_output, _, cache = lstm.lstm_forward(x, **weights)
    weight = np.random.default_rng(2).normal(size=whole_output.shape)
    whole = lstm.lstm_backward(weight, None, cache)
    _, middle, first = lstm.lstm_forward(x[:, :4], **weights)
    _, _, second = lstm.lstm_forward(x[:, 4:], **weights, state=middle)
    late = lstm.lstm_backward(weight[:, 4:], None, second)
    early = lstm.lstm_backward(weight[:, :4], (late["h"], late["c"]), first)
    for name in weights:
        got = early[name] + late[name]
        np.testing.assert_allclose(got, whole[name], rtol=0, atol=1e-12, err_msg=name)
    joined = np.concatenate([early["x"], late["x"]], axis=1)
    np.testing.assert_allclose(joined, whole["x"], rtol=0, atol=1e-12)


# the cell and the layer against torch, both paths


@pytest.mark.parametrize("seed", range(10))
@BIASES
def test_does_the_cell_equal_torch(seed: int, bias: bool) -> None:
    _, batch, steps, features, hidden = sizes(seed)
    torch.manual_seed(seed)
    theirs = nn.LSTMCell(features, hidden, bias=bias, dtype=torch.float64)
    ours = lstm.LSTMCell(features, hidden, bias=bias, dtype=torch.float64)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(batch, steps, features, dtype=torch.float64)
    start = torch.randn(2, batch, hidden, dtype=torch.float64)

    def read(module: nn.Module) -> Callable[..., tuple[Tensor, tuple[Tensor, Tensor]]]:
        def steps_of(
            x: Tensor, state: tuple[Tensor, Tensor]
        ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
            outputs = []
            for now in x.unbind(1):  # the state is carried through several steps
                state = module(now, state)
                outputs.append(state[0])
            return torch.stack(outputs, 1), state

        return steps_of

    expected = everything(theirs, read(theirs), x, *start)
    torch.testing.assert_close(everything(ours, read(ours), x, *start), expected, **EXACT)
    torch.testing.assert_close(ours(x[:, 0]), theirs(x[:, 0]), **EXACT)  # h_0 = c_0 = 0


@PATHS
@pytest.mark.parametrize("seed", range(24))
def test_does_the_layer_equal_torch(seed: int, fast: bool) -> None:
    ours, theirs, x, start = twins(seed, fast)
    expected = everything(theirs, theirs, x, *start)
    torch.testing.assert_close(everything(ours, ours, x, *start), expected, **EXACT)
    torch.testing.assert_close(ours(x), theirs(x), **EXACT)  # h_0 = c_0 = 0


@PATHS
@pytest.mark.parametrize("seed", range(8))
def test_is_the_state_carried_over_two_calls(seed: int, fast: bool) -> None:
    ours, theirs, x, start = twins(seed, fast, bidirectional=False)
    more = torch.randn(x.shape[0], 3, x.shape[2], dtype=torch.float64)

    def read(module: nn.Module) -> Callable[..., tuple[Tensor, tuple[Tensor, Tensor]]]:
        def twice(x: Tensor, state: tuple[Tensor, Tensor]) -> Any:
            first, state = module(x, state)
            second, state = module(more, state)
            return torch.cat([first, second], dim=1), state

        return twice

    expected = everything(theirs, read(theirs), x, *start)
    got = everything(ours, read(ours), x, *start)
    torch.testing.assert_close(got, expected, **EXACT)
    whole, _ = ours(torch.cat([x, more], dim=1), start)
    torch.testing.assert_close(got["output"], whole, **EXACT)


@PATHS
@pytest.mark.parametrize("ordered", [False, True], ids=["any-order", "longest-first"])
@pytest.mark.parametrize("seed", range(16))
def test_do_lengths_equal_torch_packed(seed: int, ordered: bool, fast: bool) -> None:
    ours, theirs, x, start = twins(seed, fast)
    batch, steps, _ = x.shape
    lengths = torch.from_numpy(np.random.default_rng(seed).integers(1, steps + 1, size=batch))
    lengths[0] = steps
    if ordered:
        lengths = lengths.sort(descending=True).values

    def packed(x: Tensor, state: tuple[Tensor, Tensor]) -> Any:
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=ordered)
        output, state = theirs(packed, state)
        return pad_packed_sequence(output, batch_first=True)[0], state

    expected = everything(theirs, packed, x, *start)
    got = everything(ours, lambda x, state: ours(x, state, lengths=lengths), x, *start)
    torch.testing.assert_close(got, expected, **EXACT)


@PATHS
@pytest.mark.parametrize("ordered", [False, True], ids=["any-order", "longest-first"])
@pytest.mark.parametrize("seed", range(6))
def test_does_a_packed_input_come_back_as_torch_packs_it(
    seed: int, ordered: bool, fast: bool
) -> None:
    ours, theirs, x, start = twins(seed, fast)
    lengths = torch.randint(1, x.shape[1] + 1, (len(x),)).sort(descending=True).values
    if not ordered:
        lengths = lengths[torch.randperm(len(x))]
    packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=ordered)
    (mine, state), (yours, final) = ours(packed, start), theirs(packed, start)
    assert isinstance(mine, PackedSequence)
    torch.testing.assert_close(state, final, **EXACT)
    torch.testing.assert_close(mine.data, yours.data, **EXACT)
    torch.testing.assert_close(mine.batch_sizes, yours.batch_sizes)


@PATHS
def test_is_nothing_past_an_end_read_or_written(fast: bool) -> None:
    ours = lstm.LSTM(3, 4, num_layers=2, bidirectional=True, dtype=torch.float64, fast=fast)
    x = torch.randn(3, 6, 3, dtype=torch.float64)
    lengths = [2, 6, 4]
    output, state = ours(x, lengths=lengths)
    spoiled = x.clone()
    for index, length in enumerate(lengths):
        spoiled[index, length:] = float("nan")
        assert not output[index, length:].any()
        alone, last = ours(x[index : index + 1, :length])  # the example by itself, unpadded
        torch.testing.assert_close(output[index, :length], alone[0], **EXACT)
        for part, own in zip(state, last, strict=True):
            torch.testing.assert_close(part[:, index], own[:, 0], **EXACT)
    again, _ = ours(spoiled, lengths=torch.tensor(lengths))
    torch.testing.assert_close(again, output, rtol=0, atol=0)
    again.sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in ours.parameters())


@pytest.mark.parametrize("seed", range(4))
def test_do_weights_go_both_ways_and_start_alike(seed: int) -> None:
    _, _, _, features, hidden = sizes(seed)
    options = layer_options(seed)
    layers, cells = [], []
    for place in (lstm, nn):
        torch.manual_seed(seed)
        layers.append(place.LSTM(features, hidden, **options))
        torch.manual_seed(seed)
        cells.append(place.LSTMCell(features, hidden, bias=options["bias"]))
    for ours, theirs in (layers, cells):
        assert list(ours.state_dict()) == list(theirs.state_dict())
        torch.testing.assert_close(ours.state_dict(), theirs.state_dict(), rtol=0, atol=0)
        ours.reset_parameters()
        assert not torch.equal(next(ours.parameters()), next(theirs.parameters()))
        theirs.load_state_dict(ours.state_dict())
        torch.testing.assert_close(ours.state_dict(), theirs.state_dict(), rtol=0, atol=0)


@PATHS
def test_does_dropout_act_between_layers_and_in_training_only(fast: bool) -> None:
    ours, theirs, x, _ = twins(3, fast, num_layers=3, dropout=1.0, bidirectional=False)
    torch.testing.assert_close(ours(x), theirs(x), **EXACT)  # every state between layers is 0
    ours.eval(), theirs.eval()
    torch.testing.assert_close(ours(x), theirs(x), **EXACT)


@pytest.mark.parametrize("seed", range(4))
def test_does_the_count_of_parameters_follow_the_formula(seed: int) -> None:
    _, _, _, D, H = sizes(seed)
    assert rnn.count_parameters(lstm.LSTM(D, H)) == 4 * (H * D + H * H + 2 * H)
    assert rnn.count_parameters(lstm.LSTMCell(D, H, coupled=True)) == 3 * (H * D + H * H + 2 * H)
    plain = rnn.count_parameters(lstm.LSTM(D, H))
    assert rnn.count_parameters(lstm.LSTM(D, H, peephole=True)) == plain + 3 * H
    assert rnn.count_parameters(lstm.LSTM(D, H, layer_norm=True)) == plain + 4 * H + 4 * H + 2 * H


def test_does_the_repr_name_what_differs_from_the_usual() -> None:
    assert repr(lstm.LSTM(3, 4, num_layers=2, fast=True)) == "LSTM(3, 4, num_layers=2, fast=True)"
    assert repr(lstm.LSTMCell(3, 4, coupled=True)) == "LSTMCell(3, 4, coupled=True)"


# the fast path


def test_does_the_fast_path_save_one_node_for_the_loop() -> None:
    def nodes(layer: lstm.LSTM) -> int:
        seen, waiting = set(), [layer(torch.randn(2, 50, 3))[0].grad_fn]
        while waiting:
            node = waiting.pop()
            if node is not None and node not in seen:
                seen.add(node)
                waiting += [before for before, _ in node.next_functions]
        return len(seen)

    fast, readable = nodes(lstm.LSTM(3, 4, fast=True)), nodes(lstm.LSTM(3, 4))
    assert fast < 30
    assert readable > 10 * 50


def test_does_the_fast_path_refuse_second_derivatives() -> None:
    x = torch.randn(2, 3, 4, requires_grad=True)
    output, _ = lstm.LSTM(4, 5, fast=True)(x)
    message = "^fast: expected no second derivatives, got create_graph=True$"
    with pytest.raises(RuntimeError, match=message):
        torch.autograd.grad(output.sum(), x, create_graph=True)
    output, _ = lstm.LSTM(4, 5)(x)  # the readable path has them
    (gradient,) = torch.autograd.grad(output.sum(), x, create_graph=True)
    gradient.sum().backward()
    assert x.grad.isfinite().all()


@NAMED
def test_does_the_fast_path_refuse_the_options(options: dict[str, bool]) -> None:
    message = f"^fast: expected False together with {', '.join(options)}, got True$"
    with pytest.raises(ValueError, match=message):
        lstm.LSTM(3, 4, fast=True, **options)


@pytest.mark.parametrize("frozen", ["x", "weight_ih_l0", "weight_hh_l0", "bias_ih_l0"])
def test_does_the_fast_path_allow_a_frozen_input_or_weight(frozen: str) -> None:
    ours, theirs, x, _ = twins(2, True, num_layers=1, bias=True)
    gradients = []
    for module in (ours, theirs):
        start = x.clone().requires_grad_(frozen != "x")
        if frozen != "x":
            getattr(module, frozen).requires_grad_(False)
        output, _ = module(start)
        output.sum().backward()
        values = {name: p.grad for name, p in module.named_parameters() if p.requires_grad}
        gradients.append(values | ({} if frozen == "x" else {"x": start.grad}))
    torch.testing.assert_close(gradients[0], gradients[1], **EXACT)


def test_does_the_fast_path_survive_two_backward_passes_over_one_graph() -> None:
    ours, _, x, _ = twins(5, True)
    loss = ours(x)[0].square().sum()
    loss.backward(retain_graph=True)
    first = [parameter.grad.clone() for parameter in ours.parameters()]
    loss.backward()
    for parameter, gradient in zip(ours.parameters(), first, strict=True):
        torch.testing.assert_close(parameter.grad, 2 * gradient, **EXACT)


@PATHS
def test_may_a_batch_be_empty(fast: bool) -> None:
    ours = lstm.LSTM(3, 4, bidirectional=True, fast=fast)
    output, (h, c) = ours(torch.zeros(0, 5, 3, requires_grad=True))
    assert output.shape == (0, 5, 8)
    assert h.shape == c.shape == (2, 0, 4)
    (output.sum() + h.sum() + c.sum()).backward()
    assert not ours.weight_hh_l0.grad.any()


def test_does_the_fast_backward_pass_keep_its_precision_under_autocast() -> None:
    ours = lstm.LSTM(3, 4, fast=True)
    x = torch.randn(2, 5, 3)
    ours(x)[0].sum().backward()
    expected = {key: weight.grad.clone() for key, weight in ours.named_parameters()}
    ours.zero_grad()
    output, _ = ours(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output.sum().backward()
    for key, weight in ours.named_parameters():
        torch.testing.assert_close(weight.grad, expected[key], rtol=0, atol=0)


@PATHS
def test_does_the_layer_run_under_mixed_precision(fast: bool) -> None:
    ours = lstm.LSTM(3, 4, num_layers=2, bidirectional=True, fast=fast)
    x = torch.randn(2, 5, 3)
    expected, _ = ours(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output, _ = ours(x.bfloat16(), lengths=[5, 5])
        plain, _ = ours(x)
    plain.float().sum().backward()
    torch.testing.assert_close(output.float(), expected, rtol=0, atol=0.05)
    torch.testing.assert_close(plain.float(), expected, rtol=0, atol=0.05)
    assert ours.weight_hh_l0.grad.dtype == torch.float32


# the options


def by_hand(
    cell: lstm.LSTMCell, x: np.ndarray, h: np.ndarray, c: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the next (h, c) of one example, unit by unit, from the equations of the papers."""
    w = {key: value.numpy() for key, value in cell.state_dict().items()}
    H = cell.hidden_size
    names = "fgo" if cell.coupled else "ifgo"
    products = {"ih": w["weight_ih"] @ x, "hh": w["weight_hh"] @ h}
    if cell.layer_norm:
        for side, p in products.items():
            standard = (p - p.mean()) / np.sqrt(p.var() + 1e-5)
            products[side] = w[f"gain_{side}"] * standard
    a = sum(p + w.get(f"bias_{side}", 0) for side, p in products.items())
    new_h, new_c = np.empty(H), np.empty(H)
    out = np.empty(H)
    for j in range(H):
        pre = {gate: a[k * H + j] for k, gate in enumerate(names)}
        peep = {k: w[f"weight_c{k}"][j] if f"weight_c{k}" in w else 0.0 for k in "ifo"}
        f = 1 / (1 + math.exp(-(pre["f"] + peep["f"] * c[j])))
        i = 1 - f if cell.coupled else 1 / (1 + math.exp(-(pre["i"] + peep["i"] * c[j])))
        new_c[j] = f * c[j] + i * math.tanh(pre["g"])
        out[j] = 1 / (1 + math.exp(-(pre["o"] + peep["o"] * new_c[j])))
    shown = new_c
    if cell.layer_norm:
        shown = (new_c - new_c.mean()) / np.sqrt(new_c.var() + 1e-5)
        shown = w["gain_c"] * shown + w.get("bias_c", 0)
    new_h = out * np.tanh(shown)
    return new_h, new_c


def scatter(module: nn.Module) -> None:
    """Draw every parameter anew, so that gains and shifts count too."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_()


@NAMED
@BIASES
@pytest.mark.parametrize("seed", range(5))
def test_do_the_options_follow_their_papers(
    seed: int, bias: bool, options: dict[str, bool]
) -> None:
    draw, batch, _, features, hidden = sizes(seed)
    hidden += 1  # one unit normalised by itself is 0
    torch.manual_seed(seed)
    cell = lstm.LSTMCell(features, hidden, bias, dtype=torch.float64, **options)
    scatter(cell)
    x, (h, c) = draw.normal(size=(batch, features)), draw.normal(size=(2, batch, hidden))
    got = cell(torch.from_numpy(x), (torch.from_numpy(h), torch.from_numpy(c)))
    for b in range(batch):
        expected = by_hand(cell, x[b], h[b], c[b])
        for mine, other in zip(got, expected, strict=True):
            np.testing.assert_allclose(mine[b].detach().numpy(), other, rtol=0, atol=1e-12)


@NAMED
@pytest.mark.parametrize("seed", range(3))
def test_does_the_layer_with_options_repeat_its_cell(seed: int, options: dict[str, bool]) -> None:
    _, batch, steps, features, hidden = sizes(seed)
    layer = lstm.LSTM(features, hidden, bidirectional=True, dtype=torch.float64, **options)
    scatter(layer)
    x = torch.randn(batch, steps, features, dtype=torch.float64)
    lengths = torch.randint(1, steps + 1, (batch,))
    output, (h, c) = layer(x, lengths=lengths)
    for suffix, direction in (("_l0", 0), ("_l0_reverse", 1)):
        cell = lstm.LSTMCell(features, hidden, dtype=torch.float64, **options)
        own = {k: v for k, v in layer.state_dict().items() if k.endswith("reverse") == direction}
        cell.load_state_dict({key.removesuffix(suffix): value for key, value in own.items()})
        for b, length in enumerate(lengths.tolist()):
            state = None
            for t in reversed(range(length)) if direction else range(length):
                state = cell(x[b : b + 1, t], state)
                mine = output[b, t].chunk(2)[direction]
                torch.testing.assert_close(mine, state[0][0], **EXACT)
            torch.testing.assert_close(h[direction, b], state[0][0], **EXACT)
            torch.testing.assert_close(c[direction, b], state[1][0], **EXACT)


@NAMED
def test_do_differences_confirm_the_gradients_with_options(options: dict[str, bool]) -> None:
    torch.manual_seed(0)
    layer = lstm.LSTM(2, 3, dtype=torch.float64, **options)
    scatter(layer)
    x = torch.randn(2, 3, 2, dtype=torch.float64, requires_grad=True)
    names = [name for name, _ in layer.named_parameters()]

    def run(x: Tensor, *values: Tensor) -> Any:
        result = torch.func.functional_call(layer, dict(zip(names, values, strict=True)), (x,))
        return result[0], *result[1]

    assert torch.autograd.gradcheck(run, (x, *(leaf(p.detach()) for p in layer.parameters())))


@pytest.mark.parametrize("seed", range(6))
def test_is_a_coupled_lstm_a_plain_one_with_turned_rows(seed: int) -> None:
    """Since 1 - sigmoid(a) = sigmoid(-a), rows i = -rows f make a plain LSTM coupled."""
    ours, _, x, start = twins(seed)
    options = layer_options(seed)
    coupled = lstm.LSTM(
        ours.input_size, ours.hidden_size, coupled=True, dtype=torch.float64, **options
    )
    plain = nn.LSTM(
        ours.input_size, ours.hidden_size, batch_first=True, dtype=torch.float64, **options
    )
    H = ours.hidden_size
    values = {key: torch.cat([-v[:H], v]) for key, v in coupled.state_dict().items()}
    plain.load_state_dict(values)
    torch.testing.assert_close(coupled(x, start), plain(x, start), **EXACT)


def test_do_peepholes_of_zero_leave_a_plain_lstm() -> None:
    ours, theirs, x, start = twins(8)
    options = layer_options(8)
    peeping = lstm.LSTM(
        ours.input_size, ours.hidden_size, peephole=True, dtype=torch.float64, **options
    )
    values = {key: torch.zeros_like(value) for key, value in peeping.state_dict().items()}
    peeping.load_state_dict(values | theirs.state_dict())
    torch.testing.assert_close(peeping(x, start), theirs(x, start), **EXACT)


def test_does_a_normalised_layer_ignore_the_scale_of_its_matrices() -> None:
    torch.manual_seed(0)
    layer = lstm.LSTM(5, 6, layer_norm=True, dtype=torch.float64)
    assert all((layer.state_dict()[f"gain_{key}_l0"] == 1).all() for key in ("ih", "hh", "c"))
    assert not layer.bias_c_l0.any()
    x = torch.randn(2, 7, 5, dtype=torch.float64)
    before, (_, c) = layer(x)
    assert c.std() > 0.01  # the cell that is carried is not normalised
    with torch.no_grad():
        layer.weight_ih_l0.mul_(100)
        layer.weight_hh_l0.mul_(100)
    after, _ = layer(100 * x)
    torch.testing.assert_close(after, before, rtol=0, atol=0.05)
    plain = lstm.LSTM(5, 6, dtype=torch.float64)
    first, _ = plain(x)
    assert (plain(100 * x)[0] - first).abs().max() > 0.1


# the forget bias and the look inside


@pytest.mark.parametrize(
    "module",
    [
        lstm.LSTM(2, 3, 2, bidirectional=True),
        lstm.LSTM(2, 3, coupled=True),
        lstm.LSTMCell(2, 3),
        nn.LSTM(2, 3, 2),
        nn.LSTMCell(2, 3),
    ],
    ids=["layer", "coupled", "cell", "torch-layer", "torch-cell"],
)
def test_does_the_forget_bias_reach_the_forget_gate_only(module: nn.Module) -> None:
    before = {key: value.clone() for key, value in module.state_dict().items()}
    rows = slice(0, 3) if getattr(module, "coupled", False) else slice(3, 6)
    for value in (1.5, torch.tensor([1.0, 2.0, 3.0])):
        lstm.set_forget_bias(module, value)
        for key, after in module.state_dict().items():
            if key.startswith("bias_ih"):
                total = after[rows] + module.state_dict()[key.replace("_ih", "_hh")][rows]
                torch.testing.assert_close(total, torch.as_tensor(value).expand(3))
            mask = torch.ones(len(after), dtype=torch.bool)
            if key.startswith("bias"):
                mask[rows] = False
            torch.testing.assert_close(after[mask], before[key][mask], rtol=0, atol=0)
    assert all(parameter.requires_grad for parameter in module.parameters())


@pytest.mark.parametrize("bias", [0.0, 1.0, math.log(99)])
def test_does_the_cell_keep_what_the_forget_bias_says(bias: float) -> None:
    cell = lstm.LSTMCell(2, 3, dtype=torch.float64)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
    lstm.set_forget_bias(cell, bias)
    zero, one = torch.zeros(1, 3, dtype=torch.float64), torch.ones(1, 3, dtype=torch.float64)
    _, c = cell(zero[:, :2], (zero, one))
    expected = 1 / (1 + math.exp(-bias))
    torch.testing.assert_close(c, expected * one, **EXACT)


def test_does_the_forget_bias_name_what_it_cannot_set() -> None:
    with pytest.raises(TypeError, match=r"^module: expected an LSTM or an LSTMCell, got GRU$"):
        lstm.set_forget_bias(nn.GRU(2, 3), 1.0)
    with pytest.raises(ValueError, match=r"^module: expected biases, got an LSTM with bias=False$"):
        lstm.set_forget_bias(lstm.LSTM(2, 3, bias=False), 1.0)
    with pytest.raises(ValueError, match=r"^value: expected shape \(H,\) with H = 3, got \(2,\)$"):
        lstm.set_forget_bias(lstm.LSTM(2, 3), torch.ones(2))


@NAMED
def test_do_the_gates_make_the_states(options: dict[str, bool]) -> None:
    torch.manual_seed(1)
    layer = lstm.LSTM(3, 4, num_layers=2, dtype=torch.float64, **options)
    x = torch.randn(2, 6, 3, dtype=torch.float64)
    state = tuple(torch.randn(2, 2, 2, 4, dtype=torch.float64).unbind())
    output, (_, c) = layer(x, state)
    for index in range(2):
        values = lstm.gates(layer, x, state, layer=index)
        assert list(values) == ["i", "f", "g", "o", "c", "h"]
        before = torch.cat([state[1][index].unsqueeze(1), values["c"][:, :-1]], dim=1)
        torch.testing.assert_close(
            values["c"], values["f"] * before + values["i"] * values["g"], **EXACT
        )
        torch.testing.assert_close(values["c"][:, -1], c[index], **EXACT)
        if layer.coupled:
            torch.testing.assert_close(values["i"], 1 - values["f"], **EXACT)
        if not layer.layer_norm:
            torch.testing.assert_close(values["h"], values["o"] * values["c"].tanh(), **EXACT)
    torch.testing.assert_close(values["h"], output, **EXACT)


def test_do_the_gates_open_torch_layers_and_fast_ones_too() -> None:
    ours, theirs, x, state = twins(6, True, num_layers=2, bidirectional=False, bias=True)
    mine, yours = lstm.gates(ours, x, state, layer=1), lstm.gates(theirs, x, state, layer=1)
    torch.testing.assert_close(mine, yours, rtol=0, atol=0)
    torch.testing.assert_close(yours["h"], theirs(x, state)[0], **EXACT)
    yours["h"].sum().backward()
    assert theirs.weight_hh_l0.grad.isfinite().all()
    zeros = lstm.gates(theirs, x)  # h_0 = c_0 = 0
    torch.testing.assert_close(zeros["c"][:, 0], (zeros["i"] * zeros["g"])[:, 0], **EXACT)


def test_do_the_gates_name_what_they_cannot_open() -> None:
    x = torch.zeros(2, 5, 3)
    layout = r"^module: expected one direction and batch_first=True, got another layout$"
    for module in (lstm.LSTM(3, 4, bidirectional=True), nn.LSTM(3, 4)):
        with pytest.raises(ValueError, match=layout):
            lstm.gates(module, x)
    with pytest.raises(ValueError, match=r"^layer: expected one of 0, 1, got 2$"):
        lstm.gates(lstm.LSTM(3, 4, num_layers=2), x, layer=2)
    with pytest.raises(ValueError, match=r"^module: expected proj_size 0, got 2$"):
        lstm.gates(nn.LSTM(3, 4, proj_size=2, batch_first=True), x)
    with pytest.raises(ValueError, match=r"^x: expected shape \(B, T, D\) with D = 3, got"):
        lstm.gates(lstm.LSTM(3, 4), torch.zeros(2, 5, 4))
    with pytest.raises(ValueError, match=r"^x: expected shape \(B, T, D\) with T above 0, got"):
        lstm.gates(lstm.LSTM(3, 4), x[:, :0])
    with pytest.raises(TypeError, match=r"^x: expected dtype torch.float32, as the weights, got"):
        lstm.gates(lstm.LSTM(3, 4), x.double())
    # a vanilla layer has weights of the same names, and some sizes would even broadcast
    for other in (nn.RNN(3, 4, batch_first=True), nn.GRU(3, 4, batch_first=True)):
        known = r"^module: expected rnn_utils's LSTM or torch's LSTM, got (RNN|GRU)$"
        with pytest.raises(TypeError, match=known):
            lstm.gates(other, x)


# what is wrong

X, S = torch.zeros(2, 5, 3), torch.zeros(1, 2, 4)
PACKED = pack_padded_sequence(X, [5, 5], batch_first=True)
MISTAKES = {
    "features": ((torch.zeros(2, 5, 4),), "x: expected shape (B, T, D) with D = 3, got (2, 5, 4)"),
    "no-steps": (
        (torch.zeros(2, 0, 3),),
        "x: expected shape (B, T, D) with T above 0, got (2, 0, 3)",
    ),
    "state-h": (
        (X, (torch.zeros(1, 3, 4), S)),
        "h of the state: expected shape (1, B, H) with B = 2, H = 4, got (1, 3, 4)",
    ),
    "state-c": (
        (X, (S, torch.zeros(2, 2, 4))),
        "c of the state: expected shape (1, B, H) with B = 2, H = 4, got (2, 2, 4)",
    ),
    "device": ((X.to("meta"),), "x: expected device cpu, as the weights, got meta"),
    "length-long": ((X, None, [6, 5]), "lengths: expected numbers from 1 to T = 5, got 6 at 0"),
    "packed-lengths": (
        (PACKED, None, [5, 5]),
        "lengths: expected None, for a packed x holds its own lengths",
    ),
}
WRONG_TYPES = {
    "one-tensor": ((X, S), "state: expected a tuple (h, c), got Tensor"),
    "three": ((X, (S, S, S)), "state: expected a tuple (h, c), got a tuple of 3"),
    "tokens": ((X.long(),), "x: expected dtype torch.float32, as the weights, got torch.int64"),
    "state-dtype": (
        (X, (S, S.double())),
        "c of the state: expected dtype torch.float32, as the weights, got torch.float64",
    ),
}


@PATHS
@pytest.mark.parametrize("mistake", MISTAKES)
def test_does_the_layer_name_the_wrong_argument(mistake: str, fast: bool) -> None:
    arguments, message = MISTAKES[mistake]
    with pytest.raises(ValueError) as raised:  # noqa: PT011 (the whole message is compared)
        lstm.LSTM(3, 4, fast=fast)(*arguments)
    assert str(raised.value) == message


@pytest.mark.parametrize("mistake", WRONG_TYPES)
def test_does_the_layer_name_the_wrong_type(mistake: str) -> None:
    arguments, message = WRONG_TYPES[mistake]
    with pytest.raises(TypeError) as raised:
        lstm.LSTM(3, 4)(*arguments)
    assert str(raised.value) == message


def test_does_the_cell_name_the_wrong_argument() -> None:
    cell = lstm.LSTMCell(3, 4)
    x, part = torch.zeros(2, 3), torch.zeros(2, 4)
    with pytest.raises(ValueError, match=r"^x: expected shape \(B, D\) with D = 3, got \(2, 4\)$"):
        cell(torch.zeros(2, 4))
    with pytest.raises(ValueError, match=r"^c of the state: expected shape \(B, H\) with B = 2, H"):
        cell(x, (part, torch.zeros(2, 5)))
    with pytest.raises(TypeError, match=r"^state: expected a tuple \(h, c\), got Tensor$"):
        cell(x, part)
    with pytest.raises(ValueError, match=r"^hidden_size: expected a number above 0, got 0$"):
        lstm.LSTMCell(3, 0)


def test_does_numpy_name_the_wrong_argument() -> None:
    x, part = np.zeros((2, 3)), np.zeros((2, 4))
    state = part, part
    weight_ih, weight_hh = np.zeros((16, 3)), np.zeros((16, 4))
    cases = [
        ((x.T, state, weight_ih, weight_hh), r"x: expected shape \(B, D\) with D = 3"),
        ((x, (part, part.T), weight_ih, weight_hh), r"c of the state: expected shape \(B, H\)"),
        ((x, state, weight_ih[:12], weight_hh), r"weight_ih: expected shape \(16, D\), got \(12"),
        ((x, state, weight_ih, weight_hh[:12]), r"weight_hh: expected shape \(16, H\) with H = 4"),
        ((x, state, weight_ih, weight_hh, np.zeros(4)), r"bias_ih: expected shape \(16,\), got"),
        ((x, state, weight_ih, weight_hh, None, np.zeros(4)), r"bias_hh: expected shape \(16,\)"),
    ]
    for arguments, message in cases:
        with pytest.raises(ValueError, match=f"^{message}"):
            lstm.lstm_step(*arguments)
    with pytest.raises(TypeError, match=r"^state: expected a tuple \(h, c\), got ndarray$"):
        lstm.lstm_step(x, part, weight_ih, weight_hh)
    with pytest.raises(TypeError, match=r"^x: expected floating-point numbers, got dtype int64$"):
        lstm.lstm_step(x.astype(np.int64), state, weight_ih, weight_hh)
    with pytest.raises(ValueError, match=r"^x: expected shape \(B, T, D\) with D = 3, got \(2, 3"):
        lstm.lstm_sequence(x, weight_ih, weight_hh)
    _, _, cache = lstm.lstm_forward(x[:, None], weight_ih, weight_hh)
    with pytest.raises(ValueError, match=r"^doutput: expected shape \(B, T, H\) with B = 2, T = 1"):
        lstm.lstm_backward(part, None, cache)
    with pytest.raises(ValueError, match=r"^h of dstate: expected shape \(B, H\) with B = 2, H = "):
        lstm.lstm_backward(None, (part.T, part), cache)
    with pytest.raises(TypeError, match=r"^dstate: expected a tuple \(h, c\), got ndarray$"):
        lstm.lstm_backward(None, part, cache)
