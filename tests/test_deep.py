"""Are deep stacks torch's layers where torch has them, and right under padding everywhere?"""

from __future__ import annotations

import copy
import io
import itertools
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rnn_utils.deep import Stack, VariationalDropout, influence, reverse_padded

EXACT = {"rtol": 0, "atol": 1e-12}
B, T, D, H, L = 4, 7, 3, 5, 3
KINDS: dict[str, type[nn.RNNBase]] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
CELLS = [*KINDS, "mgu"]


@pytest.fixture(autouse=True)
def _double() -> Any:
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    yield
    torch.set_default_dtype(torch.float32)


def flat(state: Any) -> list[Tensor]:
    return list(state) if isinstance(state, tuple) else [state]


def start(cell: str, rows: int, batch: int = B) -> Any:
    h, c = torch.randn(rows, batch, H), torch.randn(rows, batch, H)
    return (h, c) if cell == "lstm" else h


def gradients(module: nn.Module, x: Tensor, output: Tensor, state: Any) -> list[Tensor]:
    loss = (output**2).sum() + sum((part**3).sum() for part in flat(state))
    return list(torch.autograd.grad(loss, [x, *module.parameters()]))


# -- equal to torch ------------------------------------------------------------------------


@pytest.mark.parametrize("cell", KINDS)
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_is_it_torchs_stack(cell: str, layers: int, bidirectional: bool, bias: bool) -> None:
    """Are outputs, final states and all gradients torch's, from given states?"""
    theirs = KINDS[cell](D, H, layers, bias=bias, batch_first=True, bidirectional=bidirectional)
    ours = Stack.from_torch(theirs)
    x = torch.randn(B, T, D, requires_grad=True)
    before = start(cell, layers * (1 + bidirectional))
    results = [module(x, before) for module in (ours, theirs)]
    torch.testing.assert_close(*results, **EXACT)
    mine, other = (
        gradients(module, x, *result)
        for module, result in zip((ours, theirs), results, strict=True)
    )
    for one, two in zip(mine, other, strict=True):
        torch.testing.assert_close(one, two, **EXACT)


@pytest.mark.parametrize("cell", KINDS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_is_it_torchs_packed_stack(cell: str, bidirectional: bool) -> None:
    """Is a padded batch with lengths what torch makes of a packed one, gradients included?"""
    theirs = KINDS[cell](D, H, 2, batch_first=True, bidirectional=bidirectional)
    ours = Stack.from_torch(theirs)
    x, lengths = torch.randn(B, T, D, requires_grad=True), torch.tensor([3, 7, 1, 5])
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    output, state = theirs(packed)
    output, _ = nn.utils.rnn.pad_packed_sequence(output, batch_first=True)
    mine = ours(x, lengths=lengths)
    torch.testing.assert_close(mine, (output, state), **EXACT)
    for one, two in zip(
        gradients(ours, x, *mine), gradients(theirs, x, output, state), strict=True
    ):
        torch.testing.assert_close(one, two, **EXACT)


@pytest.mark.parametrize("cell", KINDS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_does_the_same_seed_give_torchs_weights(cell: str, bidirectional: bool) -> None:
    torch.manual_seed(5)
    theirs = KINDS[cell](D, H, L, bidirectional=bidirectional)
    torch.manual_seed(5)
    ours = Stack(cell, D, H, L, bidirectional=bidirectional)
    for one, two in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(one, two)


@pytest.mark.parametrize("kind", KINDS.values())
def test_are_the_weights_of_from_torch_copies(kind: type[nn.RNNBase]) -> None:
    theirs = kind(D, H, 2, dropout=0.3).eval()
    ours = Stack.from_torch(theirs)
    assert not ours.training
    assert ours.dropout.p == 0.3
    before = copy.deepcopy(ours.state_dict())
    with torch.no_grad():
        for weight in theirs.parameters():
            weight.zero_()
    for name, value in ours.state_dict().items():
        assert torch.equal(value, before[name])


def test_may_torchs_single_layer_have_a_dropout_that_never_acts() -> None:
    with pytest.warns(UserWarning, match="dropout"):
        theirs = nn.GRU(D, H, batch_first=True, dropout=0.5)
    x = torch.randn(B, T, D)
    torch.testing.assert_close(Stack.from_torch(theirs)(x), theirs(x), **EXACT)


def test_does_from_torch_keep_relu_and_dtype() -> None:
    theirs = nn.RNN(D, H, nonlinearity="relu", batch_first=True, dtype=torch.float32)
    x = torch.randn(B, T, D, dtype=torch.float32)
    torch.testing.assert_close(Stack.from_torch(theirs)(x), theirs(x))


# -- the state -----------------------------------------------------------------------------


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("residual", [False, True])
def test_may_a_sequence_be_read_in_two_pieces(cell: str, residual: bool) -> None:
    stack, x = Stack(cell, D, H, L, residual=residual), torch.randn(B, T, D)
    whole, end = stack(x)
    first, state = stack(x[:, :3])
    second, again = stack(x[:, 3:], state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole, **EXACT)
    torch.testing.assert_close(again, end, **EXACT)


# -- padding -------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("fill", [0.0, 1e6, float("nan"), float("inf")])
def test_is_padding_never_read(cell: str, residual: bool, fill: float) -> None:
    """Does an example get its own answer and gradient in a batch, whatever the padding holds?"""
    stack = Stack(cell, D, H, L, bidirectional=True, residual=residual)
    lengths, x = [3, 7, 1, 5], torch.randn(B, T, D)
    before = start(cell, 2 * L)
    padded = x.clone()
    for row, length in enumerate(lengths):
        padded[row, length:] = fill
    padded = torch.cat([padded, torch.full((B, 4, D), fill)], dim=1).requires_grad_()
    output, state = stack(padded, before, lengths)
    (output**2).sum().backward()
    for row, length in enumerate(lengths):
        alone = x[row : row + 1, :length].clone().requires_grad_()
        mine = [part[:, row : row + 1].contiguous() for part in flat(before)]
        expected, final = stack(alone, tuple(mine) if cell == "lstm" else mine[0])
        torch.testing.assert_close(output[row : row + 1, :length], expected, **EXACT)
        assert not output[row, length:].any()
        for part, one in zip(flat(state), flat(final), strict=True):
            torch.testing.assert_close(part[:, row : row + 1], one, **EXACT)
        (slope,) = torch.autograd.grad((expected**2).sum(), alone)
        torch.testing.assert_close(padded.grad[row : row + 1, :length], slope, **EXACT)
        assert not padded.grad[row, length:].any()


def test_does_a_layer_normalised_stack_read_no_padding() -> None:
    stack = Stack("lstm", D, H, 2, bidirectional=True, residual=True, layer_norm=True)
    x = torch.randn(1, 4, D)
    padded = torch.cat([x, torch.full((1, 3, D), float("nan"))], dim=1)
    torch.testing.assert_close(stack(padded, lengths=[4])[0][:, :4], stack(x)[0], **EXACT)


# -- residual paths ------------------------------------------------------------------------


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("features", [D, "fits"])
def test_is_each_layer_added_to_what_it_read(cell: str, bidirectional: bool, features: Any) -> None:
    width = H * (1 + bidirectional)
    size = width if features == "fits" else features
    stack = Stack(cell, size, H, L, bidirectional=bidirectional, residual=True)
    x = torch.randn(B, T, size)
    expected = x
    for depth, layer in enumerate(stack.layers):
        path = expected
        if depth == 0 and size != width:
            path = expected @ stack.paths[0].weight.T
        else:
            assert isinstance(stack.paths[depth], nn.Identity)
        expected = layer(expected)[0] + path
    torch.testing.assert_close(stack(x)[0], expected, **EXACT)


def test_is_the_state_that_of_the_layers_without_the_path() -> None:
    stack, x = Stack("gru", H, H, 2, residual=True), torch.randn(B, T, H)
    output, state = stack(x)
    first, _ = stack.layers[0](x)
    second, _ = stack.layers[1](first + x)
    torch.testing.assert_close(state, torch.stack([first[:, -1], second[:, -1]]), **EXACT)
    torch.testing.assert_close(output[:, -1], state[1] + first[:, -1] + x[:, -1], **EXACT)


# -- dropout -------------------------------------------------------------------------------


def pattern(values: Tensor) -> Tensor:
    return values == 0


def test_does_variational_dropout_keep_one_mask_per_sequence() -> None:
    x = torch.ones(200, 6, 10)
    dropped = VariationalDropout(0.3)(x)
    assert (pattern(dropped) == pattern(dropped[:, :1])).all()  # the same at every step
    assert not (pattern(dropped) == pattern(dropped[:1])).all()  # another for another sequence
    kept = dropped[~pattern(dropped)]
    torch.testing.assert_close(kept, torch.full_like(kept, 1 / 0.7), **EXACT)
    assert abs(pattern(dropped[:, 0]).double().mean() - 0.3) < 0.05
    assert torch.equal(VariationalDropout(0.3).eval()(x), x)
    assert torch.equal(VariationalDropout(0.0)(x), x)
    assert not VariationalDropout(1.0)(x).any()


@pytest.mark.parametrize("variational", [False, True])
@pytest.mark.parametrize("residual", [False, True])
def test_does_dropout_act_between_layers_only(variational: bool, residual: bool) -> None:
    """Do layers above the first read masked features, and the path what is not masked?"""
    stack = Stack("lstm", D, H, 2, dropout=0.5, variational=variational, residual=residual)
    x, read = torch.randn(B, T, D), []
    hooks = [
        layer.register_forward_pre_hook(lambda _, inputs: read.append(inputs[0]))
        for layer in stack.layers
    ]
    output, _ = stack(x)
    assert torch.equal(read[0], x)
    gone = pattern(read[1])
    assert gone.any()
    assert (gone == gone[:, :1]).all() == variational
    for hook in hooks:
        hook.remove()
    if residual:
        first = stack.layers[0](x)[0] + stack.paths[0](x)
        second = stack.layers[1](read[1])[0] + first
        torch.testing.assert_close(output, second, **EXACT)


@pytest.mark.parametrize("cell", CELLS)
def test_is_nothing_dropped_in_evaluation(cell: str) -> None:
    plain = Stack(cell, D, H, L)
    stack = Stack(cell, D, H, L, dropout=0.5, variational=True, recurrent_dropout=0.5)
    stack.load_state_dict(plain.state_dict())
    x = torch.randn(B, T, D)
    stack(x)  # while training, which must leave no mask behind
    torch.testing.assert_close(stack.eval()(x), plain(x), **EXACT)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_do_the_gates_see_one_mask_over_time(cell: str, bidirectional: bool) -> None:
    """Is recurrent dropout a layer whose recurrent matrix has lost whole columns?"""
    plain = Stack(cell, D, H, 1, bidirectional=bidirectional)
    stack = Stack(cell, D, H, 1, bidirectional=bidirectional, recurrent_dropout=0.4)
    stack.load_state_dict(plain.state_dict())
    x, before = torch.randn(1, T, D), start(cell, 1 + bidirectional, 1)
    torch.manual_seed(3)
    output, state = stack(x, before)
    torch.manual_seed(3)
    with torch.no_grad():
        for suffix in ("", "_reverse")[: 1 + bidirectional]:
            mask = nn.functional.dropout(torch.ones(1, H), 0.4)
            assert mask.min() == 0 < mask.max()
            getattr(plain.layers[0], f"weight_hh_l0{suffix}").mul_(mask)
    torch.testing.assert_close((output, state), plain(x, before), **EXACT)


def test_has_each_sequence_a_recurrent_mask_of_its_own() -> None:
    stack = Stack("lstm", D, H, 1, recurrent_dropout=0.5)
    x = torch.randn(1, T, D).expand(6, T, D)
    output, _ = stack(x)
    assert torch.equal(output[0, 0], output[1, 0])  # nothing to see in h_0 = 0
    assert len({tuple(row.tolist()) for row in output[:, -1].detach()}) > 1


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_is_what_is_carried_spared_by_recurrent_dropout(cell: str) -> None:
    """Does a state survive that the gates are set to keep, though all of h is masked?"""
    stack = Stack(cell, D, H, 1, recurrent_dropout=1.0)
    layer = stack.layers[0]
    with torch.no_grad():
        for weight in layer.parameters():
            weight.zero_()
        if cell == "lstm":  # i, f, g, o
            layer.bias_ih_l0[:H] = -50
            layer.bias_ih_l0[H : 2 * H] = 50
        else:  # r, z, n
            layer.bias_ih_l0[H : 2 * H] = 50
    before = start(cell, 1)
    _, after = stack(torch.zeros(B, 40, D), before)
    torch.testing.assert_close(flat(after)[-1], flat(before)[-1], **EXACT)


# -- reversing -----------------------------------------------------------------------------


def test_is_each_sequence_turned_within_its_length() -> None:
    x = torch.tensor([[1, 2, 3, 9, 9], [4, 5, 6, 7, 8], [1, 9, 9, 9, 9]])
    expected = torch.tensor([[3, 2, 1, 0, 0], [8, 7, 6, 5, 4], [1, 0, 0, 0, 0]])
    assert torch.equal(reverse_padded(x, [3, 5, 1]), expected)
    assert torch.equal(
        reverse_padded(reverse_padded(x, [3, 5, 1]), [3, 5, 1]), x.masked_fill(x == 9, 0)
    )


@pytest.mark.parametrize("more", [(), (D,), (2, 3)])
def test_does_it_turn_any_features(more: tuple[int, ...]) -> None:
    x, lengths = torch.randn(B, T, *more), [3, 7, 1, 5]
    turned = reverse_padded(x, torch.tensor(lengths))
    for row, length in enumerate(lengths):
        assert torch.equal(turned[row, :length], x[row, :length].flip(0))
        assert not turned[row, length:].any()


def test_is_reading_turned_sequences_the_reverse_direction() -> None:
    both = nn.LSTM(D, H, batch_first=True, bidirectional=True)
    back = nn.LSTM(D, H, batch_first=True)
    weights = both.state_dict()
    back.load_state_dict(
        {name: weights[f"{name}_reverse"] for name in weights if "reverse" not in name}
    )
    x, lengths = torch.randn(B, T, D), [3, 7, 1, 5]
    turned = reverse_padded(back(reverse_padded(x, lengths))[0], lengths)
    expected = Stack.from_torch(both)(x, lengths=lengths)[0][..., H:]
    torch.testing.assert_close(turned, expected, **EXACT)


# -- influence -----------------------------------------------------------------------------


def test_does_influence_see_who_looks_ahead() -> None:
    x = torch.randn(T, D)
    one, both = Stack("gru", D, H, 2), Stack("gru", D, H, 2, bidirectional=True)
    ahead = torch.ones(T, T).triu(1).bool()
    causal, full = (influence(lambda x, s=stack: s(x)[0], x) for stack in (one, both))
    assert (causal[ahead] == 0).all()
    assert (causal[~ahead] > 0).all()
    assert (full > 0).all()


def test_is_influence_the_norm_of_the_jacobian() -> None:
    layer, x = nn.LSTM(D, H, batch_first=True), torch.randn(T, D)
    jacobian = torch.autograd.functional.jacobian(lambda x: layer(x[None])[0][0], x)
    expected = jacobian.square().sum(dim=(1, 3)).sqrt()  # (T, H, T, D) to (T, T)
    torch.testing.assert_close(influence(lambda x: layer(x)[0], x), expected, **EXACT)


def test_may_influence_be_measured_where_gradients_are_off() -> None:
    layer, x = Stack("gru", D, H), torch.randn(T, D)
    expected = influence(lambda x: layer(x)[0], x)
    with torch.no_grad():
        torch.testing.assert_close(influence(lambda x: layer(x)[0], x), expected, **EXACT)


def test_is_a_step_that_reads_nothing_zero() -> None:
    assert torch.equal(
        influence(lambda x: torch.cat([x[:, :1], 0 * x[:, 1:]], 1), torch.randn(3, 1)),
        torch.tensor([[1.0, 0, 0], [0, 0, 0], [0, 0, 0]]),
    )


# -- care ----------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", CELLS)
def test_does_it_survive_being_saved(cell: str) -> None:
    stack = Stack(cell, D, H, 2, bidirectional=True, residual=True, recurrent_dropout=0.2).eval()
    file = io.BytesIO()
    torch.save(stack, file)
    file.seek(0)
    again = torch.load(file, weights_only=False)
    x = torch.randn(B, T, D)
    torch.testing.assert_close(again(x), stack(x), **EXACT)
    torch.testing.assert_close(copy.deepcopy(stack)(x), stack(x), **EXACT)


def test_are_options_handed_to_the_layers() -> None:
    assert Stack("rnn", D, H, nonlinearity="relu").layers[0].nonlinearity == "relu"
    assert Stack("gru", D, H, reset_after=False).layers[0].reset_after is False
    assert Stack("lstm", D, H, layer_norm=True).layers[0].layer_norm is True
    with pytest.raises(TypeError, match="reset_after"):
        Stack("lstm", D, H, reset_after=False)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("elman", D, H), {}, "cell: expected one of 'rnn', 'lstm'"),
        (("lstm", 0, H), {}, "input_size: expected a number above 0"),
        (("lstm", D, -1), {}, "hidden_size: expected a number above 0"),
        (("lstm", D, H, 0), {}, "num_layers: expected a number above 0"),
        (("lstm", D, H, 1), {"dropout": 0.1}, "dropout: expected 0 with one layer"),
        (("lstm", D, H, 2), {"dropout": 1.1}, "dropout: expected a share from 0 to 1"),
        (("lstm", D, H, 2), {"recurrent_dropout": 2}, "recurrent_dropout: expected a share"),
        (("lstm", D, H), {"recurrent_dropout": 0.1, "fast": True}, "recurrent_dropout: expected 0"),
    ],
)
def test_does_an_error_name_the_argument(
    arguments: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Stack(*arguments, **options)


def test_do_wrong_inputs_say_what_is_wrong() -> None:
    stack, x = Stack("lstm", D, H, 2), torch.randn(B, T, D)
    with pytest.raises(ValueError, match=r"x: expected shape \(B, T, D\) with D = 3, got"):
        stack(x[..., :2])
    with pytest.raises(ValueError, match="T above 0"):
        stack(x[:, :0])
    with pytest.raises(TypeError, match=r"state: expected a tuple \(h, c\)"):
        stack(x, torch.zeros(2, B, H))
    with pytest.raises(ValueError, match=r"h of the state: expected shape \(2, B, H\)"):
        stack(x, (torch.zeros(1, B, H), torch.zeros(2, B, H)))
    with pytest.raises(TypeError, match=r"x: expected dtype torch\.float64"):
        stack(x.float())
    with pytest.raises(ValueError, match="lengths: expected numbers from 1 to T = 7, got 8 at 1"):
        stack(x, lengths=[1, 8, 3, 4])
    with pytest.raises(TypeError, match="lengths: expected integers"):
        stack(x, lengths=[1.0, 2.0, 3.0, 4.0])
    packed = nn.utils.rnn.pack_padded_sequence(x, [7, 5, 3, 1], batch_first=True)
    with pytest.raises(TypeError, match="x: expected an array or tensor"):
        stack(packed)


def test_do_the_small_tools_say_what_is_wrong() -> None:
    x = torch.randn(B, T, D)
    with pytest.raises(ValueError, match=r"x: expected shape \(B, T, ...\)"):
        reverse_padded(x[0, 0], [1])
    with pytest.raises(TypeError, match="x: expected a tensor"):
        reverse_padded([[1, 2]], [1])
    with pytest.raises(ValueError, match="lengths: expected numbers from 1"):
        reverse_padded(x, [0, 1, 2, 3])
    with pytest.raises(ValueError, match="p: expected a share"):
        VariationalDropout(1.5)
    with pytest.raises(TypeError, match="p: expected a share"):
        VariationalDropout("half")
    with pytest.raises(ValueError, match=r"x: expected shape \(B, T, D\)"):
        VariationalDropout(0.5)(x[0])
    with pytest.raises(ValueError, match="the output of function"):
        influence(lambda x: x[:, :2], x[0])
    with pytest.raises(TypeError, match=r"theirs: expected torch\.nn\.RNN"):
        Stack.from_torch(nn.Linear(2, 2))
    with pytest.raises(ValueError, match="theirs: expected proj_size 0"):
        Stack.from_torch(nn.LSTM(D, H, proj_size=2))


def test_is_float32_near_float64() -> None:
    for cell, residual in itertools.product(CELLS, (False, True)):
        stack = Stack(cell, D, H, 2, bidirectional=True, residual=residual)
        x = torch.randn(B, T, D)
        exact, _ = stack(x)
        rough, _ = copy.deepcopy(stack).float()(x.float())
        torch.testing.assert_close(rough.double(), exact, rtol=0, atol=1e-5)
