"""Does the course's RNN do what torch's does, and does it say so when it is used wrongly?"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from _twins import EXACT, layer_options, sizes
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnn_utils import rnn

ACTIVATIONS = ["tanh", "relu"]
CELLS = pytest.mark.parametrize(("bias", "nonlinearity"), [(True, "tanh"), (False, "relu")])


def twins(seed: int, **extra: object) -> tuple[rnn.RNN, nn.RNN, torch.Tensor, torch.Tensor]:
    """Return ours and torch's with the same weights, an input and an initial state."""
    _, batch, steps, features, hidden = sizes(seed)
    options = layer_options(seed, nonlinearity=ACTIVATIONS) | extra
    torch.manual_seed(seed)
    theirs = nn.RNN(features, hidden, batch_first=True, dtype=torch.float64, **options)
    ours = rnn.RNN(features, hidden, dtype=torch.float64, **options)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(batch, steps, features, dtype=torch.float64)
    count = ours.num_layers * (2 if ours.bidirectional else 1)
    return ours, theirs, x, torch.randn(count, batch, hidden, dtype=torch.float64)


def compare_gradients(
    ours: nn.Module, theirs: nn.Module, leaves: list[tuple[torch.Tensor, torch.Tensor]]
) -> None:
    """Compare what backward left in two modules and in pairs of leaves."""
    for (name, mine), (other, yours) in zip(
        ours.named_parameters(), theirs.named_parameters(), strict=True
    ):
        assert name == other
        torch.testing.assert_close(mine.grad, yours.grad, **EXACT, msg=name)
    for mine, yours in leaves:
        torch.testing.assert_close(mine.grad, yours.grad, **EXACT)


def leaf(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.clone().requires_grad_()


@pytest.mark.parametrize("seed", range(10))
@CELLS
def test_does_the_numpy_step_equal_torch_cell(seed: int, bias: bool, nonlinearity: str) -> None:
    draw, batch, _, features, hidden = sizes(seed)
    cell = nn.RNNCell(features, hidden, bias=bias, nonlinearity=nonlinearity, dtype=torch.float64)
    x, state = draw.normal(size=(batch, features)), draw.normal(size=(batch, hidden))
    weights = {key: value.numpy() for key, value in cell.state_dict().items()}
    expected = cell(torch.from_numpy(x), torch.from_numpy(state)).detach().numpy()
    got = rnn.rnn_step(x, state, **weights, nonlinearity=nonlinearity)
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", range(10))
@CELLS
def test_does_the_numpy_sequence_equal_torch(seed: int, bias: bool, nonlinearity: str) -> None:
    ours, theirs, x, state = twins(
        seed, num_layers=1, bidirectional=False, bias=bias, nonlinearity=nonlinearity
    )
    weights = {key.removesuffix("_l0"): value.numpy() for key, value in ours.state_dict().items()}
    for start in (None, state):
        expected, final = theirs(x, start)
        begin = None if start is None else start[0].numpy()
        got, last = rnn.rnn_sequence(x.numpy(), **weights, state=begin, nonlinearity=nonlinearity)
        np.testing.assert_allclose(got, expected.detach().numpy(), rtol=0, atol=1e-12)
        np.testing.assert_allclose(last, final[0].detach().numpy(), rtol=0, atol=1e-12)


def test_does_a_sequence_of_no_steps_leave_the_state() -> None:
    state = np.ones((2, 3))
    output, final = rnn.rnn_sequence(np.ones((2, 0, 4)), np.ones((3, 4)), np.ones((3, 3)))
    assert output.shape == (2, 0, 3)
    assert not final.any()
    _, final = rnn.rnn_sequence(np.ones((2, 0, 4)), np.ones((3, 4)), np.ones((3, 3)), state=state)
    np.testing.assert_array_equal(final, state)


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_does_a_complex_step_differentiate_the_numpy_sequence(nonlinearity: str) -> None:
    draw = np.random.default_rng(5)
    x, weight_ih = draw.normal(size=(2, 4, 3)), draw.normal(size=(5, 3))
    weight_hh, direction = draw.normal(size=(2, 5, 5)) / 3

    def last(step: complex) -> np.ndarray:
        weight = weight_hh + step * direction
        return rnn.rnn_sequence(x, weight_ih, weight, nonlinearity=nonlinearity)[1]

    derivative = last(1e-30j).imag / 1e-30
    central = (last(1e-6) - last(-1e-6)) / 2e-6
    assert abs(derivative).max() > 0.1
    np.testing.assert_allclose(derivative, central.real, rtol=0, atol=1e-7)


@pytest.mark.parametrize("seed", range(10))
@CELLS
def test_does_the_cell_equal_torch(seed: int, bias: bool, nonlinearity: str) -> None:
    _, batch, steps, features, hidden = sizes(seed)
    torch.manual_seed(seed)
    options = {"bias": bias, "nonlinearity": nonlinearity, "dtype": torch.float64}
    theirs = nn.RNNCell(features, hidden, **options)
    ours = rnn.RNNCell(features, hidden, **options)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(batch, steps, features, dtype=torch.float64)
    start = torch.randn(batch, hidden, dtype=torch.float64)
    ends = []
    for module in (ours, theirs):
        leaves = leaf(x), leaf(start)
        state = leaves[1]
        for t in range(steps):  # the state is carried through several steps
            state = module(leaves[0][:, t], state)
        (state * torch.arange(hidden)).sum().backward()
        ends.append((state, leaves))
    torch.testing.assert_close(ends[0][0], ends[1][0], **EXACT)
    compare_gradients(ours, theirs, list(zip(ends[0][1], ends[1][1], strict=True)))
    torch.testing.assert_close(ours(x[:, 0]), theirs(x[:, 0]), **EXACT)  # h_0 = 0


@pytest.mark.parametrize("given", [False, True], ids=["zero-state", "given-state"])
@pytest.mark.parametrize("seed", range(24))
def test_does_the_layer_equal_torch(seed: int, given: bool) -> None:
    ours, theirs, x, start = twins(seed)
    results = []
    for module in (ours, theirs):
        leaves = leaf(x), leaf(start)
        output, state = module(leaves[0], leaves[1] if given else None)
        weight = torch.linspace(-1, 1, output.numel(), dtype=torch.float64).reshape(output.shape)
        ((output * weight).sum() + (state**2).sum()).backward()
        results.append((output, state, leaves))
    torch.testing.assert_close(results[0][:2], results[1][:2], **EXACT)
    kept = 2 if given else 1
    compare_gradients(
        ours, theirs, list(zip(results[0][2][:kept], results[1][2][:kept], strict=True))
    )


@pytest.mark.parametrize("ordered", [False, True], ids=["any-order", "longest-first"])
@pytest.mark.parametrize("seed", range(16))
def test_do_lengths_equal_torch_packed(seed: int, ordered: bool) -> None:
    ours, theirs, x, start = twins(seed)
    batch, steps, _ = x.shape
    lengths = torch.from_numpy(np.random.default_rng(seed).integers(1, steps + 1, size=batch))
    lengths[0] = steps
    if ordered:
        lengths = lengths.sort(descending=True).values
    results = []
    for module in (ours, theirs):
        leaves = leaf(x), leaf(start)
        if module is ours:
            output, state = module(leaves[0], leaves[1], lengths=lengths)
        else:
            packed = pack_padded_sequence(
                leaves[0], lengths, batch_first=True, enforce_sorted=ordered
            )
            output, state = module(packed, leaves[1])
            output, _ = pad_packed_sequence(output, batch_first=True)
        weight = torch.linspace(-1, 1, output.numel(), dtype=torch.float64).reshape(output.shape)
        ((output * weight).sum() + (state**2).sum()).backward()
        results.append((output, state, leaves))
    torch.testing.assert_close(results[0][:2], results[1][:2], **EXACT)
    compare_gradients(ours, theirs, list(zip(results[0][2], results[1][2], strict=True)))


@pytest.mark.parametrize("ordered", [False, True], ids=["any-order", "longest-first"])
@pytest.mark.parametrize("seed", range(8))
def test_does_a_packed_input_come_back_as_torch_packs_it(seed: int, ordered: bool) -> None:
    ours, theirs, x, start = twins(seed)
    lengths = torch.randint(1, x.shape[1] + 1, (len(x),)).sort(descending=True).values
    if not ordered:
        lengths = lengths[torch.randperm(len(x))]
    packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=ordered)
    (mine, state), (yours, final) = ours(packed, start), theirs(packed, start)
    assert isinstance(mine, PackedSequence)
    torch.testing.assert_close(state, final, **EXACT)
    torch.testing.assert_close(mine.data, yours.data, **EXACT)
    for field in ("batch_sizes", "sorted_indices", "unsorted_indices"):
        left, right = getattr(mine, field), getattr(yours, field)
        assert (left is None) == (right is None)
        if left is not None:
            torch.testing.assert_close(left, right)


def test_is_nothing_past_an_end_read_or_written() -> None:
    ours = rnn.RNN(3, 4, num_layers=2, bidirectional=True, dtype=torch.float64)
    x = torch.randn(3, 6, 3, dtype=torch.float64)
    lengths = [2, 6, 4]
    output, state = ours(x, lengths=lengths)
    spoiled = x.clone()
    for index, length in enumerate(lengths):
        spoiled[index, length:] = float("nan")
        assert not output[index, length:].any()
        alone, last = ours(x[index : index + 1, :length])  # the example by itself, unpadded
        torch.testing.assert_close(output[index, :length], alone[0], **EXACT)
        torch.testing.assert_close(state[:, index], last[:, 0], **EXACT)
    again, _ = ours(spoiled, lengths=torch.tensor(lengths))
    torch.testing.assert_close(again, output, rtol=0, atol=0)
    again.sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in ours.parameters())


@pytest.mark.parametrize("seed", range(4))
def test_do_weights_go_both_ways_and_start_alike(seed: int) -> None:
    _, _, _, features, hidden = sizes(seed)
    options = layer_options(seed, nonlinearity=ACTIVATIONS)
    modules = []
    for make in (rnn.RNN, nn.RNN):
        torch.manual_seed(seed)
        modules.append(make(features, hidden, **options))
    ours, theirs = modules
    for (name, mine), (other, yours) in zip(
        ours.state_dict().items(), theirs.state_dict().items(), strict=True
    ):
        assert name == other
        torch.testing.assert_close(mine, yours, rtol=0, atol=0)
    ours.reset_parameters()
    assert not torch.equal(ours.weight_ih_l0, theirs.weight_ih_l0)
    theirs.load_state_dict(ours.state_dict())
    assert torch.equal(ours.weight_ih_l0, theirs.weight_ih_l0)
    cells = []
    for make in (rnn.RNNCell, nn.RNNCell):
        torch.manual_seed(seed)
        cells.append(make(features, hidden, bias=options["bias"]))
    torch.testing.assert_close(cells[0].state_dict(), cells[1].state_dict(), rtol=0, atol=0)
    cells[0].reset_parameters()
    cells[1].load_state_dict(cells[0].state_dict())
    torch.testing.assert_close(cells[0].state_dict(), cells[1].state_dict(), rtol=0, atol=0)


def test_does_dropout_act_between_layers_and_in_training_only() -> None:
    ours, theirs, x, _ = twins(3, num_layers=3, dropout=1.0, bidirectional=False)
    torch.testing.assert_close(ours(x), theirs(x), **EXACT)  # every state between layers is 0
    ours.eval(), theirs.eval()
    torch.testing.assert_close(ours(x), theirs(x), **EXACT)
    wide = rnn.RNN(1, 400, num_layers=2, dropout=0.25, nonlinearity="relu", bias=False)
    with torch.no_grad():
        wide.weight_ih_l0.fill_(1)
        wide.weight_hh_l0.zero_()
        wide.weight_ih_l1.copy_(torch.eye(400))
        wide.weight_hh_l1.zero_()
    output, _ = wide(torch.ones(50, 1, 1))  # 20,000 draws
    torch.testing.assert_close(output.unique(), torch.tensor([0, 4 / 3]))
    assert 0.23 < (output == 0).float().mean() < 0.27


@pytest.mark.parametrize("seed", range(6))
def test_does_the_count_of_parameters_follow_the_formula(seed: int) -> None:
    _, _, _, D, H = sizes(seed)
    options = layer_options(seed, nonlinearity=ACTIVATIONS) | {"bias": True}
    ours = rnn.RNN(D, H, **options)
    directions = 2 if ours.bidirectional else 1
    first = directions * (H * D + H * H + 2 * H)
    above = directions * (H * directions * H + H * H + 2 * H)
    assert rnn.count_parameters(ours) == first + (ours.num_layers - 1) * above
    assert rnn.count_parameters(rnn.RNNCell(D, H)) == H * D + H * H + 2 * H


def test_does_the_count_leave_out_frozen_and_take_shared_once() -> None:
    embedding, head = nn.Embedding(7, 5), nn.Linear(5, 7)
    head.weight = embedding.weight
    both = nn.ModuleList([embedding, head])
    assert rnn.count_parameters(both) == 7 * 5 + 7
    head.bias.requires_grad_(False)
    assert rnn.count_parameters(both) == 7 * 5


def test_does_the_repr_name_what_differs_from_the_usual() -> None:
    assert repr(rnn.RNN(3, 4, num_layers=2, dropout=0.5)) == "RNN(3, 4, num_layers=2, dropout=0.5)"
    assert repr(rnn.RNNCell(3, 4, nonlinearity="relu")) == "RNNCell(3, 4, nonlinearity='relu')"


X, S = torch.zeros(2, 5, 3), torch.zeros(1, 2, 4)
PACKED = pack_padded_sequence(X, [5, 5], batch_first=True)
MISTAKES = {
    "features": ((torch.zeros(2, 5, 4),), "x: expected shape (B, T, D) with D = 3, got (2, 5, 4)"),
    "axes": ((torch.zeros(2, 3),), "x: expected shape (B, T, D) with D = 3, got (2, 3)"),
    "no-steps": (
        (torch.zeros(2, 0, 3),),
        "x: expected shape (B, T, D) with T above 0, got (2, 0, 3)",
    ),
    "state-batch": (
        (X, torch.zeros(1, 3, 4)),
        "state: expected shape (1, B, H) with B = 2, H = 4, got (1, 3, 4)",
    ),
    "state-layers": (
        (X, torch.zeros(2, 2, 4)),
        "state: expected shape (1, B, H) with B = 2, H = 4, got (2, 2, 4)",
    ),
    "device": ((X.to("meta"),), "x: expected device cpu, as the weights, got meta"),
    "state-device": ((X, S.to("meta")), "state: expected device cpu, as the weights, got meta"),
    "length-zero": ((X, None, [5, 0]), "lengths: expected numbers from 1 to T = 5, got 0 at 1"),
    "length-long": ((X, None, [6, 5]), "lengths: expected numbers from 1 to T = 5, got 6 at 0"),
    "length-count": ((X, None, [5]), "lengths: expected shape (B,) with B = 2, got (1,)"),
    "packed-lengths": (
        (PACKED, None, [5, 5]),
        "lengths: expected None, for a packed x holds its own lengths",
    ),
}
WRONG_TYPES = {
    "not-a-tensor": (
        ([[1.0]],),
        "x: expected an array or tensor of shape (B, T, D), got list",
    ),
    "tokens": (
        (X.long(),),
        "x: expected dtype torch.float32, as the weights, got torch.int64",
    ),
    "state-dtype": (
        (X, S.double()),
        "state: expected dtype torch.float32, as the weights, got torch.float64",
    ),
    "float-lengths": (
        (X, None, torch.tensor([5.0, 3.0])),
        "lengths: expected integers, got dtype torch.float32",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_does_the_layer_name_the_wrong_argument(mistake: str) -> None:
    arguments, message = MISTAKES[mistake]
    with pytest.raises(ValueError) as raised:  # noqa: PT011 (the whole message is compared)
        rnn.RNN(3, 4)(*arguments)
    assert str(raised.value) == message


@pytest.mark.parametrize("mistake", WRONG_TYPES)
def test_does_the_layer_name_the_wrong_type(mistake: str) -> None:
    arguments, message = WRONG_TYPES[mistake]
    with pytest.raises(TypeError) as raised:
        rnn.RNN(3, 4)(*arguments)
    assert str(raised.value) == message


BUILDS = {
    "sizes": ({"input_size": 0}, "input_size: expected a number above 0, got 0"),
    "hidden": ({"hidden_size": -1}, "hidden_size: expected a number above 0, got -1"),
    "layers": ({"num_layers": 0}, "num_layers: expected a number above 0, got 0"),
    "function": (
        {"nonlinearity": "sigmoid"},
        "nonlinearity: expected one of 'tanh', 'relu', got 'sigmoid'",
    ),
    "share": ({"dropout": 1.5}, "dropout: expected a share from 0 to 1, got 1.5"),
    "one-layer": (
        {"dropout": 0.5},
        "dropout: expected 0 with one layer, for it acts between layers, got 0.5",
    ),
}


@pytest.mark.parametrize("mistake", BUILDS)
def test_does_building_a_layer_name_the_wrong_option(mistake: str) -> None:
    options, message = BUILDS[mistake]
    with pytest.raises(ValueError) as raised:  # noqa: PT011 (the whole message is compared)
        rnn.RNN(**({"input_size": 3, "hidden_size": 4} | options))
    assert str(raised.value) == message


def test_does_the_cell_name_the_wrong_argument() -> None:
    cell = rnn.RNNCell(3, 4)
    with pytest.raises(ValueError, match=r"^x: expected shape \(B, D\) with D = 3, got \(2, 4\)$"):
        cell(torch.zeros(2, 4))
    with pytest.raises(ValueError, match=r"^state: expected shape \(B, H\) with B = 2, H = 4, got"):
        cell(torch.zeros(2, 3), torch.zeros(2, 5))
    with pytest.raises(TypeError, match=r"^x: expected dtype torch.float32, as the weights, got"):
        cell(torch.zeros(2, 3, dtype=torch.float64))
    with pytest.raises(ValueError, match=r"^nonlinearity: expected one of 'tanh', 'relu', got"):
        rnn.RNNCell(3, 4, nonlinearity="sin")


def test_does_the_numpy_pair_name_the_wrong_argument() -> None:
    x, state = np.zeros((2, 3)), np.zeros((2, 4))
    weight_ih, weight_hh = np.zeros((4, 3)), np.zeros((4, 4))
    cases = [
        ((x.T, state, weight_ih, weight_hh), r"x: expected shape \(B, D\) with D = 3"),
        ((x, state.T, weight_ih, weight_hh), r"state: expected shape \(B, H\) with B = 2, H = 4"),
        ((x, state, weight_ih, weight_ih), r"weight_hh: expected shape \(H, H\) with H = 4"),
        ((x, state, weight_ih, weight_hh, np.zeros(3)), r"bias_ih: expected shape \(H,\) with H"),
        ((x, state, weight_ih, weight_hh, None, np.zeros(3)), r"bias_hh: expected shape \(H,\)"),
        ((x, state, weight_ih, weight_hh, None, None, "sin"), r"nonlinearity: expected one of"),
    ]
    for arguments, message in cases:
        with pytest.raises(ValueError, match=f"^{message}"):
            rnn.rnn_step(*arguments)
    with pytest.raises(TypeError, match=r"^x: expected floating-point numbers, got dtype int64$"):
        rnn.rnn_step(x.astype(np.int64), state, weight_ih, weight_hh)
    with pytest.raises(ValueError, match=r"^x: expected shape \(B, T, D\) with D = 3, got \(2, 3"):
        rnn.rnn_sequence(x, weight_ih, weight_hh)
    with pytest.raises(ValueError, match=r"^state: expected shape \(B, H\) with B = 2, H = 4"):
        rnn.rnn_sequence(x[:, None], weight_ih, weight_hh, state=state.T)


def test_does_the_layer_run_under_mixed_precision() -> None:
    ours, theirs = rnn.RNN(3, 4, num_layers=2), nn.RNN(3, 4, num_layers=2, batch_first=True)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 5, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output, _ = ours(x.bfloat16(), lengths=[5, 3])
        plain, _ = ours(x)
    expected, _ = theirs(x)
    torch.testing.assert_close(plain.float(), expected, rtol=0, atol=0.05)
    torch.testing.assert_close(output[0].float(), expected[0], rtol=0, atol=0.05)


def accelerator() -> torch.device | None:
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps") if torch.backends.mps.is_available() else None


@pytest.mark.gpu
@pytest.mark.skipif(accelerator() is None, reason="no accelerator here")
@pytest.mark.parametrize("seed", range(6))
def test_does_the_accelerator_compute_what_the_processor_does(seed: int) -> None:
    device = accelerator()
    dtype = torch.float32 if device.type == "mps" else torch.float64  # mps has no float64
    ours, _, x, start = twins(seed)
    ours, x, start = ours.to(dtype), x.to(dtype), start.to(dtype)
    there = rnn.RNN(
        ours.input_size,
        ours.hidden_size,
        **layer_options(seed, nonlinearity=ACTIVATIONS),
        device=device,
        dtype=dtype,
    )
    there.load_state_dict(ours.state_dict())
    lengths = torch.randint(1, x.shape[1] + 1, (len(x),))
    ends = []
    for module in (ours, there):
        place = module.weight_ih_l0.device
        output, state = module(x.to(place), start.to(place), lengths.to(place))
        (output.sum() + (state**2).sum()).backward()
        ends.append((output.cpu(), state.cpu(), [p.grad.cpu() for p in module.parameters()]))
    close = 1e-4 if dtype == torch.float32 else 1e-12
    torch.testing.assert_close(ends[0], ends[1], rtol=0, atol=close)
    if device.type == "cuda":
        packed = pack_padded_sequence(x.to(device), lengths, batch_first=True, enforce_sorted=False)
        output, state = there(packed, start.to(device))
        assert output.data.device.type == "cuda"
        torch.testing.assert_close(state.cpu(), ends[0][1], rtol=0, atol=close)
