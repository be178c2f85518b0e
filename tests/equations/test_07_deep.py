"""Does each display of chapter 7, evaluated as it is printed, hold?"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from rnn_utils import deep, lstm, rnn

EXACT = {"rtol": 0, "atol": 1e-12}


@pytest.fixture(autouse=True, params=[0, 1])
def seed(request: pytest.FixtureRequest) -> Iterator[int]:
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(request.param)
    yield request.param
    torch.set_default_dtype(torch.float32)


def signs(T: int) -> Tensor:
    """All sequences of T signs, (2 ** T, T)."""
    return torch.tensor(list(itertools.product((-1.0, 1.0), repeat=T)))


@pytest.mark.equation("7.1")
def test_is_the_last_sign_a_coin_until_it_comes() -> None:
    """Counted over all sequences: of those that share x_1 .. x_t, how many have y_t = 1?"""
    T, x = 6, signs(6)
    for t in range(1, T + 1):
        y = (x[:, t - 1] == x[:, -1]).double()
        for past in signs(t):
            share = y[(x[:, :t] == past).all(dim=1)].mean()
            assert share == (0.5 if t < T else 1.0)


@pytest.mark.equation("7.2")
def test_does_no_causal_reader_pass_the_floor() -> None:
    """Trained on all sequences at once, does a causal network reach the floor and stop there?"""
    T, x = 5, signs(5)
    y = (x == x[:, -1:]).long()
    layer, head = nn.GRU(1, 12, batch_first=True), nn.Linear(12, 2)
    optimiser = torch.optim.Adam([*layer.parameters(), *head.parameters()], lr=3e-2)
    floor = (T - 1) / T * math.log(2)
    for _ in range(120):
        loss = F.cross_entropy(head(layer(x[..., None])[0]).mT, y)
        assert loss >= floor - 1e-12  # the expectation itself: all sequences are equally likely
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss < floor + 0.02


@pytest.mark.equation("7.3")
def test_does_no_sum_beat_a_coin(seed: int) -> None:
    """Is log 2 the least that a logit f(past) + g(future) can have, searched by descent?"""
    past, future = torch.tensor([-1.0, -1, 1, 1]), torch.tensor([-1.0, 1, -1, 1])
    y = past * future
    f, g = torch.randn(2, requires_grad=True), torch.randn(2, requires_grad=True)

    def expected() -> tuple[Tensor, Tensor]:
        z = f[(past > 0).long()] + g[(future > 0).long()]
        return torch.log1p(torch.exp(-y * z)).mean(), torch.log1p(torch.exp(-(y * z).mean()))

    with torch.no_grad():
        left, right = expected()
    assert left >= right
    assert abs(right - math.log(2)) < 1e-12  # E[y (f + g)] = 0 for any f and g
    optimiser = torch.optim.Adam([f, g], lr=0.05)
    for _ in range(600):
        loss, _ = expected()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert 0 <= loss - math.log(2) < 1e-6


@pytest.mark.equation("7.4")
def test_does_a_layer_step_on_the_state_below() -> None:
    L, T, D, H = 3, 5, 3, 4
    stack = nn.LSTM(D, H, L, batch_first=True)
    x = torch.randn(1, T, D)
    output, _ = stack(x)
    cells = [nn.LSTMCell(D if layer == 0 else H, H) for layer in range(L)]
    for layer, cell in enumerate(cells):
        cell.load_state_dict(
            {name: getattr(stack, f"{name}_l{layer}").data for name in cell.state_dict()}
        )
    h = {(t, 0): x[:, t - 1] for t in range(1, T + 1)}
    state = {layer: (torch.zeros(1, H), torch.zeros(1, H)) for layer in range(1, L + 1)}
    for t, layer in itertools.product(range(1, T + 1), range(1, L + 1)):
        # h_t^(l) = F^(l)(h_{t-1}^(l), h_t^(l-1))
        state[layer] = cells[layer - 1](h[t, layer - 1], state[layer])
        h[t, layer] = state[layer][0]
    expected = torch.stack([h[t, L] for t in range(1, T + 1)], dim=1)
    torch.testing.assert_close(output, expected, **EXACT)


@pytest.mark.equation("7.5", "7.12")
def test_are_the_parameters_counted() -> None:
    for (G, kind), L in itertools.product(((1, nn.RNN), (3, nn.GRU), (4, nn.LSTM)), (1, 2, 4)):
        D, H = 7, 5
        N = G * (H * D + H**2 + 2 * H) + (L - 1) * G * (2 * H**2 + 2 * H)
        assert rnn.count_parameters(kind(D, H, L)) == N
        for d in (1, 2):
            N = d * G * (H * D + H**2 + 2 * H) + (L - 1) * d * G * (d * H**2 + H**2 + 2 * H)
            assert rnn.count_parameters(kind(D, H, L, bidirectional=d == 2)) == N


@pytest.mark.equation("7.6")
def test_are_the_routes_counted() -> None:
    """Walked one by one through the grid: does the formula give their number and their length?"""

    def walks(t: int, layer: int, end: tuple[int, int], arrows: int) -> list[int]:
        if (t, layer) == end:
            return [arrows]
        found = walks(t + 1, layer, end, arrows + 1) if t < end[0] else []
        return found + (walks(t, layer + 1, end, arrows + 1) if layer < end[1] else [])

    for s, t, L in ((1, 1, 1), (1, 4, 1), (2, 6, 3), (1, 7, 4)):
        found = walks(s, 1, (t, L), 1)  # one arrow goes up into layer 1
        assert len(found) == math.comb(t - s + L - 1, L - 1)
        assert set(found) == {t - s + L}


@pytest.mark.equation("7.7")
def test_is_the_grid_done_in_a_wave() -> None:
    for L, T in itertools.product((1, 2, 4), (1, 3, 7)):
        ready = np.zeros((L + 1, T + 1), dtype=int)  # the round after which a box is done
        for layer, t in itertools.product(range(1, L + 1), range(1, T + 1)):
            ready[layer, t] = 1 + max(ready[layer - 1, t], ready[layer, t - 1])
        assert ready[L, T] == ready.max() == L + T - 1


@pytest.mark.equation("7.8", "7.10")
def test_does_a_layer_add_what_it_read() -> None:
    D, H, L = 3, 4, 5
    stack = deep.Stack("lstm", D, H, L, residual=True)
    x = 3 * torch.randn(2, 6, D)
    h = x
    for depth in range(L):
        cell = stack.layers[depth]
        F_l = nn.LSTM(D if depth == 0 else H, H, batch_first=True)
        F_l.load_state_dict(cell.state_dict())
        P = stack.paths[0].weight if depth == 0 else torch.eye(H)
        h = F_l(h)[0] + h @ P.T
    torch.testing.assert_close(stack(x)[0], h, **EXACT)
    assert (h.abs() <= (x @ stack.paths[0].weight.T).abs() + L).all()


@pytest.mark.equation("7.9")
def test_is_the_product_multiplied_out() -> None:
    """Is the Jacobian of a residual stack the product, and the sum over all 2^L choices?"""
    T, H, L = 3, 2, 3
    stack = deep.Stack("lstm", H, H, L, residual=True)
    x = torch.randn(T, H)

    def jacobian(function, at: Tensor) -> Tensor:
        whole = torch.autograd.functional.jacobian(lambda h: function(h[None])[0][0], at)
        return whole.reshape(T * H, T * H)

    whole = jacobian(stack, x)
    J, h = [], x
    for layer in stack.layers:
        J.append(jacobian(layer, h))
        h = h + layer(h[None])[0][0].detach()
    identity = torch.eye(T * H)
    product = identity
    for factor in J:
        product = (identity + factor) @ product
    torch.testing.assert_close(whole, product, **EXACT)
    terms = torch.zeros_like(identity)
    for size in range(L + 1):
        for chosen in itertools.combinations(range(L), size):
            term = identity
            for depth in chosen:  # the upper layers stand on the left
                term = J[depth] @ term
            terms = terms + term
    torch.testing.assert_close(whole, terms, **EXACT)


@pytest.mark.equation("7.11")
def test_are_two_chains_put_side_by_side() -> None:
    D, H, T = 3, 4, 5
    both = nn.GRU(D, H, batch_first=True, bidirectional=True)
    chains = {}
    for suffix in ("", "_reverse"):
        chains[suffix] = nn.GRUCell(D, H)
        chains[suffix].load_state_dict(
            {name: getattr(both, f"{name}_l0{suffix}").data for name in chains[suffix].state_dict()}
        )
    u = torch.randn(T + 2, D)  # steps 1 to T
    right, left = {0: torch.zeros(1, H)}, {T + 1: torch.zeros(1, H)}
    for t in range(1, T + 1):
        right[t] = chains[""](u[t : t + 1], right[t - 1])
    for t in range(T, 0, -1):
        left[t] = chains["_reverse"](u[t : t + 1], left[t + 1])
    o = torch.stack([torch.cat([right[t][0], left[t][0]]) for t in range(1, T + 1)])
    torch.testing.assert_close(both(u[None, 1 : T + 1])[0][0], o, **EXACT)


@pytest.mark.equation("7.13", "7.14")
def test_what_do_the_products_sum_to() -> None:
    """Does the chain rule sum to 1 for any causal network, and copying to V^(T-1)?"""
    V, T = 3, 4
    x = torch.cartesian_prod(*[torch.arange(V)] * T)  # all sequences
    inputs = F.one_hot(x, V).double().roll(1, dims=1)
    inputs[:, 0] = 0
    layer, head = nn.RNN(V, 6, batch_first=True), nn.Linear(6, V)
    with torch.no_grad():
        for weight in layer.parameters():
            weight.mul_(5)  # far from uniform
        log_p = head(layer(inputs)[0]).log_softmax(-1).gather(2, x[..., None]).sum((1, 2))
    assert log_p.exp().std() > 1e-4
    assert abs(log_p.exp().sum() - 1) < 1e-12
    total = 0.0
    for sequence in x.tolist():
        q = [1.0] * (T - 1) + [1 / V]  # it has read x_1 .. x_{T-1}, and guesses the last
        assert all(0 <= symbol < V for symbol in sequence)
        total += math.prod(q)
    assert abs(total - V ** (T - 1)) < 1e-9


@pytest.mark.equation("7.15")
def test_is_the_influence_a_norm_of_derivatives() -> None:
    """Against central differences: are the entries the norms, and those ahead zero?"""
    T, D, H, step = 4, 2, 3, 1e-6
    layer, x = nn.LSTM(D, H, batch_first=True), torch.randn(T, D)
    measured = deep.influence(lambda x: layer(x)[0], x)
    squares = torch.zeros(T, T)
    with torch.no_grad():
        for s, i in itertools.product(range(T), range(D)):
            push = torch.zeros(T, D)
            push[s, i] = step
            slope = (layer((x + push)[None])[0] - layer((x - push)[None])[0])[0] / (2 * step)
            squares[:, s] += slope.square().sum(dim=1)  # over the entries of y_t
    torch.testing.assert_close(measured, squares.sqrt(), rtol=0, atol=1e-8)
    assert all(measured[t, s] == 0 for t in range(T) for s in range(t + 1, T))


@pytest.mark.equation("7.16")
def test_has_a_late_answer_seen_k_steps_ahead() -> None:
    T, k = 7, 2
    layer, x = nn.GRU(2, 3, batch_first=True), torch.randn(T, 2)
    read = deep.influence(lambda x: F.pad(layer(x)[0][:, k:], (0, 0, 0, k)), x)  # y_t = h_{t+k}
    for t, s in itertools.product(range(T - k), range(T)):
        assert (read[t, s] > 0) == (s <= t + k)


@pytest.mark.equation("7.17")
def test_is_each_sequence_turned_within_its_length() -> None:
    lengths = [3, 6, 1, 4]
    x = torch.randn(4, 6, 2)
    expected = torch.zeros_like(x)
    for b, n in enumerate(lengths):
        for t in range(1, n + 1):
            expected[b, t - 1] = x[b, n - t + 1 - 1]  # both counted from 1
    assert torch.equal(deep.reverse_padded(x, lengths), expected)


@pytest.mark.equation("7.18")
def test_is_the_reverse_direction_turned_twice() -> None:
    D, H, lengths = 2, 3, torch.tensor([3, 6, 1, 4])
    both, back = (
        nn.LSTM(D, H, batch_first=True, bidirectional=True),
        nn.LSTM(D, H, batch_first=True),
    )
    back.load_state_dict(
        {name: getattr(both, f"{name}_reverse").data for name in back.state_dict()}
    )
    u = torch.randn(4, 6, D)
    packed = nn.utils.rnn.pack_padded_sequence(u, lengths, batch_first=True, enforce_sorted=False)
    expected, _ = nn.utils.rnn.pad_packed_sequence(both(packed)[0], batch_first=True)
    turned = deep.reverse_padded(back(deep.reverse_padded(u, lengths))[0], lengths)
    torch.testing.assert_close(turned, expected[..., H:], **EXACT)


def LN(v: Tensor, gain: Tensor, shift: Tensor, epsilon: float = 1e-5) -> Tensor:
    mu = v.sum() / len(v)
    sigma2 = ((v - mu) ** 2).sum() / len(v)
    return gain * (v - mu) / (sigma2 + epsilon).sqrt() + shift


@pytest.mark.equation("7.19", "7.22")
def test_is_it_torchs_norm_and_blind_to_scale() -> None:
    v, gain, shift = torch.randn(3, 7)
    expected = F.layer_norm(v, (7,), gain, shift)
    torch.testing.assert_close(LN(v, gain, shift), expected, **EXACT)
    for alpha in (1e-3, 0.5, 300.0):
        same = LN(alpha * v, gain, shift, epsilon=0)
        torch.testing.assert_close(same, LN(v, gain, shift, epsilon=0), rtol=0, atol=1e-11)


@pytest.mark.equation("7.20", "7.21")
def test_is_the_normalised_lstm_the_packages() -> None:
    D, H = 3, 4
    cell = lstm.LSTMCell(D, H, layer_norm=True)
    with torch.no_grad():
        for weight in cell.parameters():
            weight.normal_()
    x, h, c = torch.randn(D), torch.randn(H), torch.randn(H)
    a = LN(cell.weight_ih @ x, cell.gain_ih, cell.bias_ih)
    a = a + LN(cell.weight_hh @ h, cell.gain_hh, cell.bias_hh)
    i, f, g, o = a[:H].sigmoid(), a[H : 2 * H].sigmoid(), a[2 * H : 3 * H].tanh(), a[3 * H :]
    c_t = f * c + i * g
    h_t = o.sigmoid() * LN(c_t, cell.gain_c, cell.bias_c).tanh()
    got_h, got_c = cell(x[None], (h[None], c[None]))
    torch.testing.assert_close((got_h[0], got_c[0]), (h_t, c_t), **EXACT)


@pytest.mark.equation("7.23")
@pytest.mark.parametrize("variational", [False, True])
def test_what_does_the_next_layer_read(variational: bool) -> None:
    """Is it m h / q with one mask, or one for each step, and right on average?"""
    p, H = 0.4, 6
    stack = deep.Stack("gru", 3, H, 2, dropout=p, variational=variational)
    read: list[Tensor] = []
    stack.layers[1].register_forward_pre_hook(lambda _, inputs: read.append(inputs[0]))
    x = torch.randn(1, 5, 3).expand(4000, 5, 3)
    stack(x)
    h = stack.layers[0](x)[0]
    m = (read[0] != 0).double()
    torch.testing.assert_close(read[0], m * h / (1 - p), **EXACT)
    assert (m == m[:, :1]).all() == variational
    assert abs(m.mean() - (1 - p)) < 0.02


@pytest.mark.equation("7.24")
def test_do_the_gates_see_the_mask_and_the_cell_not(seed: int) -> None:
    D, H, T, p = 3, 4, 6, 0.4
    stack = deep.Stack("lstm", D, H, 1, recurrent_dropout=p)
    w = {name.removesuffix("_l0"): value for name, value in stack.layers[0].named_parameters()}
    x = torch.randn(2, T, D)
    torch.manual_seed(seed)
    output, (_, c_end) = stack(x)
    torch.manual_seed(seed)
    scaled = F.dropout(torch.ones(2, H), p)  # m / q
    h = c = torch.zeros(2, H)
    for t in range(T):
        a = x[:, t] @ w["weight_ih"].T + w["bias_ih"]
        a = a + (scaled * h) @ w["weight_hh"].T + w["bias_hh"]
        i, f, g, o = a.chunk(4, dim=1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        torch.testing.assert_close(output[:, t], h, **EXACT)
    torch.testing.assert_close(c_end[0], c, **EXACT)


@pytest.mark.equation("7.25")
def test_what_is_left_of_a_cell_that_is_masked_at_every_step() -> None:
    """Summed over all 2^T masks with their probabilities: survival, mean and variance."""
    q, T, c_0 = 0.7, 5, 1.7
    alive = mean = square = 0.0
    for masks in itertools.product((0, 1), repeat=T):
        chance = math.prod(q if m else 1 - q for m in masks)
        c = c_0 * math.prod(m / q for m in masks)
        alive, mean, square = alive + chance * (c != 0), mean + chance * c, square + chance * c * c
    assert abs(alive - q**T) < 1e-12
    assert abs(mean - c_0) < 1e-12
    assert abs(square - mean**2 - c_0**2 * (q**-T - 1)) < 1e-11


@pytest.mark.equation("7.26")
def test_does_a_masked_candidate_leave_what_was_written() -> None:
    """Over all masks: is the mean of c_T that without dropout, and is a kept cell untouched?"""
    q, f, i, g, c_0 = 0.7, 0.9, 0.4, (0.8, -0.5, 0.3), 1.3
    mean = 0.0
    for masks in itertools.product((0, 1), repeat=len(g)):
        c, kept = c_0, c_0
        for m, written in zip(masks, g, strict=True):
            c = f * c + i * m * written / q
            kept = 1.0 * kept + 0.0 * m * written / q  # f = 1, i = 0
        assert kept == c_0
        mean += math.prod(q if m else 1 - q for m in masks) * c
    plain = c_0
    for written in g:
        plain = f * plain + i * written
    assert abs(mean - plain) < 1e-12


@pytest.mark.equation("7.27", "7.28")
@pytest.mark.parametrize(("cell", "G"), [("rnn", 1), ("gru", 3), ("lstm", 4)])
def test_does_torch_count_the_same_operations(cell: str, G: int) -> None:
    B, T, D, H = 2, 3, 5, 4
    for L, d in itertools.product((1, 3), (1, 2)):
        stack = deep.Stack(cell, D, H, L, bidirectional=d == 2)
        with FlopCounterMode(display=False) as counter:
            stack(torch.randn(B, T, D))
        sizes = [D] + [d * H] * (L - 1)
        C = 2 * B * T * sum(d * G * (H * D_l + H**2) for D_l in sizes)
        N_W = sum(w.numel() for name, w in stack.named_parameters() if "weight" in name)
        assert counter.get_total_flops() == C == 2 * B * T * N_W


def kept_numbers(B: int, T: int, L: int, H: int, d: int) -> float:
    """Count the numbers that autograd keeps for the backward pass, the weights left out."""
    stack = deep.Stack("lstm", H, H, L, bidirectional=d == 2)
    own = {weight.untyped_storage().data_ptr() for weight in stack.parameters()}
    kept: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor  # alive, so that no place is reused
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        stack(torch.randn(B, T, H))
    sizes = [t.untyped_storage().nbytes() / 8 for place, t in kept.items() if place not in own]
    return sum(sizes)


@pytest.mark.equation("7.29")
def test_does_memory_grow_with_each_factor() -> None:
    """Is k the same, within a tenth, when any one of the factors is doubled or tripled?"""
    k = [
        kept_numbers(*sizes) / math.prod(sizes)
        for sizes in (
            (4, 12, 2, 16, 1),
            (8, 12, 2, 16, 1),
            (4, 24, 2, 16, 1),
            (4, 12, 6, 16, 1),
            (4, 12, 2, 48, 1),
            (4, 12, 2, 16, 2),
        )
    ]
    assert max(k) < 1.15 * min(k)
