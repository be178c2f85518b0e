"""Does the course's GRU do what torch's does, in both variants, and does it say what is wrong?"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from _twins import EXACT, layer_options, sizes
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnn_utils import bptt, gru
from rnn_utils.rnn import count_parameters

VARIANTS = pytest.mark.parametrize("reset_after", [True, False], ids=["cudnn", "cho"])
FAST = pytest.mark.parametrize("fast", [False, True], ids=["plain", "fast"])


def drawn(module: nn.Module) -> nn.Module:
    """Draw weights large enough that no gate stands half open."""
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=1.0)
    return module


def twins(seed: int, **extra: object) -> tuple[gru.GRU, nn.GRU, torch.Tensor, torch.Tensor]:
    """Return ours and torch's with the same weights, an input and an initial state."""
    _, batch, steps, features, hidden = sizes(seed)
    options = layer_options(seed)
    torch.manual_seed(seed)
    theirs = drawn(nn.GRU(features, hidden, batch_first=True, dtype=torch.float64, **options))
    ours = gru.GRU(features, hidden, dtype=torch.float64, **options, **extra)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(batch, steps, features, dtype=torch.float64)
    count = ours.num_layers * (2 if ours.bidirectional else 1)
    return ours, theirs, x, torch.randn(count, batch, hidden, dtype=torch.float64)


def leaf(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().clone().requires_grad_()


def compare_gradients(ours: nn.Module, theirs: nn.Module) -> None:
    """Compare what backward left in two modules."""
    for (name, mine), (other, yours) in zip(
        ours.named_parameters(), theirs.named_parameters(), strict=True
    ):
        assert name == other
        torch.testing.assert_close(mine.grad, yours.grad, **EXACT, msg=name)


def objective(output: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
    """Return a number in which every output and every final state has a weight of its own."""
    weight = torch.linspace(-1, 1, output.numel(), dtype=output.dtype).reshape(output.shape)
    return (output * weight).sum() + (state**2).sum()


def run(module: nn.Module, x: torch.Tensor, start: torch.Tensor | None, **extra: object) -> list:
    """Return output, state and the gradients by the inputs and the start; fill the weights'."""
    module.zero_grad()
    leaves = [leaf(x), *([] if start is None else [leaf(start)])]
    output, state = module(*leaves, **extra)
    objective(output, state).backward()
    return [output.detach(), state.detach(), *(one.grad for one in leaves)]


def by_hand(
    x: torch.Tensor, h: torch.Tensor, weights: dict[str, torch.Tensor], *, after: bool
) -> torch.Tensor:
    """One step of either variant, unit by unit, from the equations and nothing else."""
    hidden = len(h)
    rows = {}
    for block, name in enumerate("rzn"):
        part = slice(block * hidden, (block + 1) * hidden)
        rows[name] = {key: value[part] for key, value in weights.items()}

    def from_x(name: str, unit: int) -> torch.Tensor:
        return rows[name]["weight_ih"][unit] @ x + rows[name]["bias_ih"][unit]

    def from_h(name: str, unit: int, read: torch.Tensor) -> torch.Tensor:
        return rows[name]["weight_hh"][unit] @ read + rows[name]["bias_hh"][unit]

    units = range(hidden)
    r = torch.stack([torch.sigmoid(from_x("r", i) + from_h("r", i, h)) for i in units])
    z = torch.stack([torch.sigmoid(from_x("z", i) + from_h("z", i, h)) for i in units])
    past = [r[i] * from_h("n", i, h) if after else from_h("n", i, r * h) for i in units]
    n = torch.stack([torch.tanh(from_x("n", i) + past[i]) for i in units])
    return (1 - z) * n + z * h


def test_does_the_step_give_known_values() -> None:
    # one unit, no biases: r = sigmoid(0), z = sigmoid(ln 3) = 3/4, W_hn = 1, so that
    # n = tanh(r W_hn h) = tanh(1/2), whichever side r acts on
    weight_ih, weight_hh = np.array([[0.0], [np.log(3)], [0.0]]), np.array([[0.0], [0.0], [1.0]])
    for after in (True, False):
        h = gru.gru_step(np.ones((1, 1)), np.ones((1, 1)), weight_ih, weight_hh, reset_after=after)
        assert h[0, 0] == pytest.approx(np.tanh(0.5) / 4 + 3 / 4, abs=1e-15)
    # with a bias on the recurrent side the two differ: tanh(1/2 (1 + 1)) and tanh(1/2 + 1)
    bias = np.array([0.0, 0.0, 1.0])
    for after, n in ((True, np.tanh(1.0)), (False, np.tanh(1.5))):
        h = gru.gru_step(
            np.ones((1, 1)), np.ones((1, 1)), weight_ih, weight_hh, None, bias, reset_after=after
        )
        assert h[0, 0] == pytest.approx(n / 4 + 3 / 4, abs=1e-15)


@VARIANTS
@pytest.mark.parametrize("seed", range(8))
def test_does_every_step_equal_the_equations(seed: int, reset_after: bool) -> None:
    _, batch, _, features, hidden = sizes(seed)
    torch.manual_seed(seed)
    cell = drawn(gru.GRUCell(features, hidden, reset_after=reset_after, dtype=torch.float64))
    x = torch.randn(batch, features, dtype=torch.float64)
    h = torch.randn(batch, hidden, dtype=torch.float64)
    weights = {key: value.detach() for key, value in cell.named_parameters()}
    expected = torch.stack([by_hand(x[b], h[b], weights, after=reset_after) for b in range(batch)])
    torch.testing.assert_close(cell(x, h), expected, **EXACT)
    arrays = {key: value.numpy() for key, value in weights.items()}
    got = gru.gru_step(x.numpy(), h.numpy(), **arrays, reset_after=reset_after)
    np.testing.assert_allclose(got, expected.numpy(), **EXACT)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_does_the_cell_equal_torch(seed: int, bias: bool) -> None:
    _, batch, steps, features, hidden = sizes(seed)
    torch.manual_seed(seed)
    theirs = drawn(nn.GRUCell(features, hidden, bias=bias, dtype=torch.float64))
    ours = gru.GRUCell(features, hidden, bias=bias, dtype=torch.float64)
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
        ends.append([state, leaves[0].grad, leaves[1].grad])
    torch.testing.assert_close(ends[0], ends[1], **EXACT)
    compare_gradients(ours, theirs)
    torch.testing.assert_close(ours(x[:, 0]), theirs(x[:, 0]), **EXACT)  # h_0 = 0


@FAST
@pytest.mark.parametrize("given", [False, True], ids=["zero-state", "given-state"])
@pytest.mark.parametrize("seed", range(16))
def test_does_the_layer_equal_torch(seed: int, given: bool, fast: bool) -> None:
    ours, theirs, x, start = twins(seed, fast=fast)
    results = [run(module, x, start if given else None) for module in (ours, theirs)]
    torch.testing.assert_close(results[0], results[1], **EXACT)
    compare_gradients(ours, theirs)


@FAST
@pytest.mark.parametrize("ordered", [False, True], ids=["any-order", "longest-first"])
@pytest.mark.parametrize("seed", range(8))
def test_do_lengths_equal_torch_packed(seed: int, ordered: bool, fast: bool) -> None:
    ours, theirs, x, start = twins(seed, fast=fast)
    batch, steps, _ = x.shape
    lengths = torch.from_numpy(np.random.default_rng(seed).integers(1, steps + 1, size=batch))
    lengths[0] = steps
    if ordered:
        lengths = lengths.sort(descending=True).values
    mine = run(ours, x, start, lengths=lengths)
    leaves = leaf(x), leaf(start)
    packed = pack_padded_sequence(leaves[0], lengths, batch_first=True, enforce_sorted=ordered)
    output, state = theirs(packed, leaves[1])
    output, _ = pad_packed_sequence(output, batch_first=True)
    objective(output, state).backward()
    yours = [output.detach(), state.detach(), leaves[0].grad, leaves[1].grad]
    torch.testing.assert_close(mine, yours, **EXACT)
    compare_gradients(ours, theirs)
    again, final = ours(packed, start)  # packed in, packed out
    other, last = theirs(packed, start)
    torch.testing.assert_close(again.data, other.data, **EXACT)
    torch.testing.assert_close(final, last, **EXACT)


@pytest.mark.parametrize("kind", ["cudnn", "cho", "mgu"])
@pytest.mark.parametrize("seed", range(6))
def test_is_nothing_past_an_end_read_or_written(seed: int, kind: str) -> None:
    options = layer_options(seed)
    torch.manual_seed(seed)
    ours = (
        gru.MGU(3, 4, dtype=torch.float64, **options)
        if kind == "mgu"
        else gru.GRU(3, 4, dtype=torch.float64, reset_after=kind == "cudnn", **options)
    )
    x, lengths = torch.randn(3, 6, 3, dtype=torch.float64), [2, 6, 4]
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


@pytest.mark.parametrize("lengths", [False, True], ids=["whole", "lengths"])
@pytest.mark.parametrize("given", [False, True], ids=["zero-state", "given-state"])
@pytest.mark.parametrize("kind", ["cudnn", "cho", "mgu"])
@pytest.mark.parametrize("seed", range(10))
def test_does_the_fast_path_equal_the_plain_one(
    seed: int, kind: str, given: bool, lengths: bool
) -> None:
    _, batch, steps, features, hidden = sizes(seed)
    options = layer_options(seed) | ({} if kind == "mgu" else {"reset_after": kind == "cudnn"})
    make = gru.MGU if kind == "mgu" else gru.GRU
    torch.manual_seed(seed)
    plain = drawn(make(features, hidden, dtype=torch.float64, **options))
    fast = make(features, hidden, dtype=torch.float64, fast=True, **options)
    fast.load_state_dict(plain.state_dict())
    x = torch.randn(batch, steps, features, dtype=torch.float64)
    count = plain.num_layers * (2 if plain.bidirectional else 1)
    start = torch.randn(count, batch, hidden, dtype=torch.float64) if given else None
    ends = {"lengths": torch.randint(1, steps + 1, (batch,))} if lengths else {}
    results = [run(module, x, start, **ends) for module in (fast, plain)]
    torch.testing.assert_close(results[0], results[1], **EXACT)
    compare_gradients(fast, plain)


def test_is_the_fast_path_one_node_with_lengths_too() -> None:
    layer, x = gru.GRU(3, 4, fast=True), torch.randn(2, 30, 3)
    for lengths in (None, [30, 7]):
        seen, queue = set(), [layer(x, lengths=lengths)[0].grad_fn]
        while queue:
            node = queue.pop()
            if node is not None and node not in seen:
                seen.add(node)
                queue += [parent for parent, _ in node.next_functions]
        assert len(seen) < 30  # and not several for each of the 30 steps


@pytest.mark.parametrize("kind", ["cudnn", "cho", "mgu"])
@FAST
def test_does_the_layer_run_under_mixed_precision(kind: str, fast: bool) -> None:
    torch.manual_seed(0)
    options = {"num_layers": 2, "bidirectional": True, "fast": fast}
    layer = (
        gru.MGU(3, 4, **options)
        if kind == "mgu"
        else gru.GRU(3, 4, reset_after=kind == "cudnn", **options)
    )
    x = torch.randn(2, 5, 3)
    expected, _ = layer(x)
    (reference,) = torch.autograd.grad(expected.sum(), layer.weight_hh_l0)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output, state = layer(x.bfloat16(), lengths=[5, 5])
        again, _ = layer(x, state)  # a state that was carried
        output.sum().backward()  # inside, where a product would be rounded again
    assert again.isfinite().all()
    torch.testing.assert_close(output.float(), expected, rtol=0, atol=0.05)
    assert layer.weight_hh_l0.grad.dtype == torch.float32
    torch.testing.assert_close(layer.weight_hh_l0.grad, reference, rtol=0.1, atol=0.05)


@pytest.mark.parametrize("make", [gru.GRU, gru.MGU])
@FAST
def test_may_a_batch_be_empty(make: type, fast: bool) -> None:
    layer = make(3, 4, bidirectional=True, fast=fast)
    output, state = layer(torch.zeros(0, 5, 3))
    assert output.shape == (0, 5, 8)
    assert state.shape == (2, 0, 4)
    (output.sum() + state.sum()).backward()
    assert not layer.weight_hh_l0.grad.any()


@pytest.mark.parametrize("given", [False, True], ids=["start-from-zero", "start-given"])
@pytest.mark.parametrize("bias", [True, False])
@VARIANTS
@pytest.mark.parametrize("seed", range(6))
def test_is_the_backward_pass_by_hand_the_gradient(
    seed: int, reset_after: bool, bias: bool, given: bool
) -> None:
    draw, batch, steps, features, hidden = sizes(seed)
    torch.manual_seed(seed)
    layer = drawn(
        gru.GRU(features, hidden, bias=bias, reset_after=reset_after, dtype=torch.float64)
    )
    weights = {
        key.removesuffix("_l0"): value.detach().numpy() for key, value in layer.named_parameters()
    }
    x = draw.normal(size=(batch, steps, features))
    start = draw.normal(size=(batch, hidden)) if given else np.zeros((batch, hidden))
    doutput = draw.normal(size=(batch, steps, hidden))
    dstate = draw.normal(size=(batch, hidden))

    output, state, cache = gru.gru_forward(
        x, **weights, state=start if given else None, reset_after=reset_after
    )
    gradients = gru.gru_backward(doutput, dstate, cache)
    leaves = leaf(torch.from_numpy(x)), leaf(torch.from_numpy(start[None]))
    expected, final = layer(*leaves)
    np.testing.assert_allclose(output, expected.detach().numpy(), **EXACT)
    np.testing.assert_allclose(state, final[0].detach().numpy(), **EXACT)
    loss = (expected * torch.from_numpy(doutput)).sum() + (
        final[0] * torch.from_numpy(dstate)
    ).sum()
    loss.backward()
    reference = {key.removesuffix("_l0"): value.grad for key, value in layer.named_parameters()}
    reference |= {"x": leaves[0].grad, "state": leaves[1].grad[0]}
    assert gradients.keys() == reference.keys()
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, reference[name].numpy(), **EXACT, err_msg=name)


@VARIANTS
def test_does_a_complex_step_confirm_the_backward_pass(reset_after: bool) -> None:
    draw = np.random.default_rng(7)
    arrays = {
        "weight_ih": draw.normal(size=(12, 3)),
        "weight_hh": draw.normal(size=(12, 4)),
        "bias_ih": draw.normal(size=12),
        "bias_hh": draw.normal(size=12),
        "state": draw.normal(size=(2, 4)),
        "x": draw.normal(size=(2, 5, 3)),
    }
    doutput, dstate = draw.normal(size=(2, 5, 4)), draw.normal(size=(2, 4))

    def loss(values: dict[str, np.ndarray]) -> complex:
        output, state = gru.gru_sequence(**values, reset_after=reset_after)
        return (output * doutput).sum() + (state * dstate).sum()

    cache = gru.gru_forward(**arrays, reset_after=reset_after)[2]
    gradients = gru.gru_backward(doutput, dstate, cache)
    for name, numerical in bptt.complex_step(loss, arrays).items():
        np.testing.assert_allclose(gradients[name], numerical, **EXACT, err_msg=name)


def test_are_errors_that_are_left_out_zero() -> None:
    draw = np.random.default_rng(0)
    weights = draw.normal(size=(6, 3)), draw.normal(size=(6, 2))
    cache = gru.gru_forward(draw.normal(size=(1, 4, 3)), *weights)[2]
    nothing = gru.gru_backward(None, None, cache)
    assert "bias_ih" not in nothing
    assert all(not gradient.any() for gradient in nothing.values())
    last = np.zeros((1, 4, 2))
    last[:, -1] = 1
    one, other = gru.gru_backward(last, None, cache), gru.gru_backward(None, np.ones((1, 2)), cache)
    for name, gradient in one.items():
        np.testing.assert_allclose(gradient, other[name], **EXACT)


def test_does_a_sequence_of_no_steps_leave_the_state() -> None:
    weights = np.ones((9, 4)), np.ones((9, 3))
    output, final = gru.gru_sequence(np.ones((2, 0, 4)), *weights, state=np.ones((2, 3)))
    assert output.shape == (2, 0, 3)
    np.testing.assert_array_equal(final, np.ones((2, 3)))


@pytest.mark.parametrize("seed", range(4))
def test_do_weights_go_both_ways_and_start_alike(seed: int) -> None:
    _, _, _, features, hidden = sizes(seed)
    options = layer_options(seed)
    for classes, extra in (
        ((gru.GRU, nn.GRU), options),
        ((gru.GRUCell, nn.GRUCell), {"bias": options["bias"]}),
    ):
        modules = []
        for make in classes:
            torch.manual_seed(seed)
            modules.append(make(features, hidden, **extra))
        ours, theirs = modules
        assert list(ours.state_dict()) == list(theirs.state_dict())
        torch.testing.assert_close(ours.state_dict(), theirs.state_dict(), rtol=0, atol=0)
        ours.reset_parameters()
        theirs.load_state_dict(ours.state_dict())
        torch.testing.assert_close(ours.state_dict(), theirs.state_dict(), rtol=0, atol=0)


@pytest.mark.parametrize("seed", range(6))
def test_do_the_variants_agree_where_theory_says_so(seed: int) -> None:
    torch.manual_seed(seed)
    hidden = 5
    cho = drawn(gru.GRU(3, hidden, reset_after=False, dtype=torch.float64))
    cudnn = gru.GRU(3, hidden, dtype=torch.float64)
    x = torch.randn(2, 6, 3, dtype=torch.float64)
    with torch.no_grad():
        cho.bias_hh_l0[2 * hidden :] = 0
        cudnn.load_state_dict(cho.state_dict())
        assert (cudnn(x)[0] - cho(x)[0]).abs().max() > 0.01  # not in general ...
        cho.weight_hh_l0[2 * hidden :] = torch.diag(torch.randn(hidden))
        cudnn.load_state_dict(cho.state_dict())
        torch.testing.assert_close(cudnn(x), cho(x), **EXACT)  # ... but with a diagonal W_hn


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_is_a_minimal_gated_unit_an_original_gru_with_tied_gates(seed: int, bias: bool) -> None:
    torch.manual_seed(seed)
    mgu = drawn(gru.MGU(3, 4, bias=bias, dtype=torch.float64))
    cho = gru.GRU(3, 4, bias=bias, reset_after=False, dtype=torch.float64)
    tied = {}
    for key, value in mgu.state_dict().items():
        f, n = value[:4], value[4:]
        tied[key] = torch.cat([f, -f, n])  # r = f, z = 1 - f
    cho.load_state_dict(tied)
    x, h = torch.randn(2, 6, 3, dtype=torch.float64), torch.randn(1, 2, 4, dtype=torch.float64)
    torch.testing.assert_close(mgu(x, h), cho(x, h), **EXACT)
    cell = gru.MGUCell(3, 4, bias=bias, dtype=torch.float64)
    cell.load_state_dict(
        {key.removesuffix("_l0"): value for key, value in mgu.state_dict().items()}
    )
    torch.testing.assert_close(cell(x[:, 0], h[0]), mgu(x, h)[0][:, 0], **EXACT)


@pytest.mark.parametrize("kind", ["cudnn", "cho", "mgu", "torch"])
@pytest.mark.parametrize("bias", [True, False])
def test_do_the_gates_explain_the_states(kind: str, bias: bool) -> None:
    torch.manual_seed(3)
    options = {"num_layers": 2, "bias": bias, "dtype": torch.float64}
    module = {
        "cudnn": lambda: gru.GRU(3, 4, **options),
        "cho": lambda: gru.GRU(3, 4, reset_after=False, **options),
        "mgu": lambda: gru.MGU(3, 4, **options),
        "torch": lambda: nn.GRU(3, 4, batch_first=True, **options),
    }[kind]()
    drawn(module)
    x, start = torch.randn(2, 6, 3, dtype=torch.float64), torch.randn(2, 2, 4, dtype=torch.float64)
    output, state = module(x, start)
    for layer in (0, 1):
        inside = gru.gates(module, x, start, layer)
        assert set(inside) == ({"f", "n", "h"} if kind == "mgu" else {"r", "z", "n", "h"})
        h = inside["h"]
        before = torch.cat([start[layer][:, None], h[:, :-1]], dim=1)
        keep = 1 - inside["f"] if kind == "mgu" else inside["z"]
        torch.testing.assert_close(keep * before + (1 - keep) * inside["n"], h, **EXACT)
        torch.testing.assert_close(h[:, -1], state[layer], **EXACT)
    torch.testing.assert_close(inside["h"], output, **EXACT)
    from_zero = gru.gates(module, x, layer=1)["h"]
    torch.testing.assert_close(from_zero, module(x)[0], **EXACT)


@pytest.mark.parametrize("seed", range(4))
def test_does_the_count_of_parameters_follow_the_formula(seed: int) -> None:
    _, _, _, D, H = sizes(seed)
    assert count_parameters(gru.GRU(D, H)) == 3 * (H * D + H * H + 2 * H)
    assert count_parameters(gru.GRUCell(D, H, reset_after=False)) == 3 * (H * D + H * H + 2 * H)
    assert count_parameters(gru.MGU(D, H)) == 2 * (H * D + H * H + 2 * H)
    assert count_parameters(gru.MGUCell(D, H, bias=False)) == 2 * (H * D + H * H)


def test_does_dropout_act_between_layers_and_in_training_only() -> None:
    torch.manual_seed(0)
    options = {"num_layers": 3, "dropout": 1.0}
    ours, theirs = gru.GRU(3, 4, **options), nn.GRU(3, 4, batch_first=True, **options)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 5, 3)
    torch.testing.assert_close(ours(x), theirs(x))  # every state between layers is 0
    ours.eval(), theirs.eval()
    torch.testing.assert_close(ours(x), theirs(x))


def test_does_the_repr_name_what_differs_from_the_usual() -> None:
    assert repr(gru.GRU(3, 4, fast=True)) == "GRU(3, 4, fast=True)"
    assert repr(gru.GRU(3, 4, reset_after=False)) == "GRU(3, 4, reset_after=False)"
    assert repr(gru.GRUCell(3, 4, reset_after=False)) == "GRUCell(3, 4, reset_after=False)"
    assert repr(gru.MGU(3, 4, bidirectional=True)) == "MGU(3, 4, bidirectional=True)"
    assert repr(gru.MGUCell(3, 4, bias=False)) == "MGUCell(3, 4, bias=False)"


def test_does_the_numpy_part_name_the_wrong_argument() -> None:
    x, state = np.zeros((2, 3)), np.zeros((2, 4))
    w_ih, w_hh = np.zeros((12, 3)), np.zeros((12, 4))
    cases = [
        ((x.T, state, w_ih, w_hh), r"x: expected shape \(B, D\) with D = 3"),
        ((x, state.T, w_ih, w_hh), r"state: expected shape \(B, H\) with B = 2, H = 4"),
        ((x, state, w_ih[:8], w_hh), r"weight_ih: expected shape \(12, D\), got \(8, 3\)"),
        ((x, state, w_ih, w_hh[:8]), r"weight_hh: expected shape \(12, H\) with H = 4, got \(8, 4"),
        ((x, state, w_ih, w_hh, np.zeros(4)), r"bias_ih: expected shape \(12,\), got \(4,\)"),
        ((x, state, w_ih, w_hh, None, np.zeros(4)), r"bias_hh: expected shape \(12,\), got \(4,"),
    ]
    for arguments, message in cases:
        with pytest.raises(ValueError, match=f"^{message}"):
            gru.gru_step(*arguments)
    with pytest.raises(TypeError, match=r"^x: expected floating-point numbers, got dtype int64$"):
        gru.gru_step(x.astype(np.int64), state, w_ih, w_hh)
    with pytest.raises(ValueError, match=r"^x: expected shape \(B, T, D\) with D = 3"):
        gru.gru_sequence(x, w_ih, w_hh)
    with pytest.raises(ValueError, match=r"^state: expected shape \(B, H\) with B = 2, H = 4"):
        gru.gru_forward(x[:, None], w_ih, w_hh, state=state.T)
    with pytest.raises(TypeError, match=r"^state: expected floating-point numbers"):
        gru.gru_sequence(x[:, None], w_ih, w_hh, state=state.astype(int))
    cache = gru.gru_forward(x[:, None], w_ih, w_hh)[2]
    with pytest.raises(ValueError, match=r"^doutput: expected shape \(B, T, H\)"):
        gru.gru_backward(state, None, cache)
    with pytest.raises(ValueError, match=r"^dstate: expected shape \(B, H\)"):
        gru.gru_backward(None, state.T, cache)


def test_do_the_gates_name_the_wrong_argument() -> None:
    x = torch.zeros(2, 5, 3)
    for module in (gru.GRU(3, 4, bidirectional=True), nn.GRU(3, 4)):
        with pytest.raises(ValueError, match=r"^module: expected one direction and batch_first"):
            gru.gates(module, x)
    module = gru.GRU(3, 4)
    with pytest.raises(ValueError, match=r"^layer: expected one of 0, got 1$"):
        gru.gates(module, x, layer=1)
    with pytest.raises(ValueError, match=r"^x: expected shape \(B, T, D\) with D = 3"):
        gru.gates(module, x[..., :2])
    with pytest.raises(ValueError, match=r"^state: expected shape \(1, B, H\)"):
        gru.gates(module, x, torch.zeros(2, 4))
    with pytest.raises(ValueError, match=r"^x: expected shape \(B, T, D\) with T above 0"):
        gru.gates(module, x[:, :0])
    with pytest.raises(TypeError, match=r"^x: expected dtype torch.float32, as the weights"):
        gru.gates(module, x.double())
    with pytest.raises(TypeError, match=r"^state: expected dtype torch.float32"):
        gru.gates(module, x, torch.zeros(1, 2, 4).double())
    known = r"^module: expected rnn_utils's GRU or rnn_utils's MGU or torch's GRU, got (LSTM|RNN)$"
    for other in (nn.LSTM(3, 4, batch_first=True), nn.RNN(3, 3, batch_first=True)):
        with pytest.raises(TypeError, match=known):
            gru.gates(other, x)


def test_does_the_layer_name_the_wrong_argument() -> None:
    x = torch.zeros(2, 5, 3)
    with pytest.raises(ValueError, match=r"^x: expected shape \(B, T, D\) with D = 3"):
        gru.GRU(3, 4)(x[..., :2])
    with pytest.raises(ValueError, match=r"^state: expected shape \(1, B, H\)"):
        gru.MGU(3, 4)(x, torch.zeros(2, 2, 4))
    with pytest.raises(ValueError, match=r"^hidden_size: expected a number above 0, got 0$"):
        gru.GRUCell(3, 0)
    with pytest.raises(ValueError, match=r"^dropout: expected 0 with one layer"):
        gru.MGU(3, 4, dropout=0.5)


def test_does_the_fast_path_refuse_second_derivatives() -> None:
    layer = gru.GRU(2, 3, fast=True)
    x = torch.randn(1, 4, 2, requires_grad=True)
    with pytest.raises(
        RuntimeError, match=r"^fast: expected no second derivatives, got create_graph=True$"
    ):
        torch.autograd.grad(layer(x)[0].sum(), x, create_graph=True)
