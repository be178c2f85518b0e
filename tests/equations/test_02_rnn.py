"""Does each display of chapter 02 hold as it is printed?"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from rnn_utils import rnn

EXACT = {"rtol": 0, "atol": 1e-12}
D, H, K, T = 3, 5, 4, 6


def layer(seed: int = 0, **options: object) -> nn.RNN:
    """Return torch's own layer in float64."""
    torch.manual_seed(seed)
    return nn.RNN(D, H, batch_first=True, dtype=torch.float64, **options)


def weights(module: nn.Module, suffix: str = "_l0") -> tuple[np.ndarray, ...]:
    """Return W_ih, W_hh, b_ih, b_hh."""
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    return tuple(getattr(module, name + suffix).detach().numpy() for name in names)


def inputs(seed: int = 1, steps: int = T) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(steps, D))


def torch_states(module: nn.RNN, x: np.ndarray, start: np.ndarray | None = None) -> np.ndarray:
    """Return torch's states (T, H) of one example."""
    h0 = None if start is None else torch.from_numpy(start)[None, None]
    return module(torch.from_numpy(x)[None], h0)[0][0].detach().numpy()


def F(h: np.ndarray, x: np.ndarray, W_ih, W_hh, b_ih, b_hh) -> np.ndarray:
    """The rule of the vanilla RNN, for one example."""
    return np.tanh(W_ih @ x + b_ih + W_hh @ h + b_hh)


def linear_case(seed: int = 2) -> tuple[np.ndarray, ...]:
    """Return W_ih, W_hh, b, x, h_0 and the states of the loop without tanh."""
    draw = np.random.default_rng(seed)
    W_ih, W_hh, b = draw.normal(size=(H, D)), draw.normal(size=(H, H)) / 2, draw.normal(size=H)
    x, h0 = draw.normal(size=(T, D)), draw.normal(size=H)
    h, states = h0, []
    for t in range(T):
        h = W_ih @ x[t] + b + W_hh @ h
        states.append(h)
    return W_ih, W_hh, b, x, h0, np.array(states)


def largest_fixed_point(w: float, push: float = 0.0) -> float:
    h = 1.0
    for _ in range(5000):
        h = np.tanh(w * h - push)
    return float(h)


@pytest.mark.equation("2.1")
def test_is_the_best_share_of_a_bag_that_of_all_games_counted() -> None:
    for steps in range(1, 12):
        games: dict[int, list[int]] = {}
        for bits in itertools.product((0, 1), repeat=steps):
            games.setdefault(sum(bits), []).append(bits[0])
        best = sum(max(firsts.count(0), firsts.count(1)) for firsts in games.values())
        printed = 1 / 2 + 1 / 2**steps * math.comb(steps - 1, (steps - 1) // 2)
        assert printed == pytest.approx(best / 2**steps, abs=1e-15)


@pytest.mark.equation("2.2")
def test_does_the_recurrence_give_torch_states() -> None:
    module, x = layer(), inputs()
    h = np.zeros(H)
    for t, expected in enumerate(torch_states(module, x)):
        h = F(h, x[t], *weights(module))
        np.testing.assert_allclose(h, expected, **EXACT)


@pytest.mark.equation("2.3")
def test_is_the_preactivation_what_relu_and_its_mirror_leave() -> None:
    draw = np.random.default_rng(3)
    x, h = draw.normal(size=D), draw.normal(size=H)
    cell = nn.RNNCell(D, H, nonlinearity="relu", dtype=torch.float64)
    W_ih, W_hh, b_ih, b_hh = weights(cell, "")
    a = W_ih @ x + b_ih + W_hh @ h + b_hh
    with torch.no_grad():
        up = cell(torch.from_numpy(x)[None], torch.from_numpy(h)[None])[0].numpy()
        for weight in cell.parameters():
            weight.neg_()
        down = cell(torch.from_numpy(x)[None], torch.from_numpy(h)[None])[0].numpy()
    np.testing.assert_allclose(a, up - down, **EXACT)  # relu(a) - relu(-a) = a


@pytest.mark.equation("2.4")
def test_is_the_step_tanh_of_the_preactivation() -> None:
    draw = np.random.default_rng(4)
    x, h = draw.normal(size=D), draw.normal(size=H)
    cell = nn.RNNCell(D, H, dtype=torch.float64)
    W_ih, W_hh, b_ih, b_hh = weights(cell, "")
    a = W_ih @ x + b_ih + W_hh @ h + b_hh
    expected = cell(torch.from_numpy(x)[None], torch.from_numpy(h)[None])[0].detach().numpy()
    np.testing.assert_allclose(np.tanh(a), expected, **EXACT)
    np.testing.assert_allclose(
        rnn.rnn_step(x[None], h[None], W_ih, W_hh, b_ih, b_hh)[0], expected, **EXACT
    )


@pytest.mark.equation("2.5")
def test_do_the_sums_over_units_give_torch_step() -> None:
    draw = np.random.default_rng(5)
    x, h = draw.normal(size=D), draw.normal(size=H)
    cell = nn.RNNCell(D, H, dtype=torch.float64)
    W_ih, W_hh, b_ih, b_hh = weights(cell, "")
    expected = cell(torch.from_numpy(x)[None], torch.from_numpy(h)[None])[0]
    for i in range(H):
        total = sum(W_ih[i, j] * x[j] for j in range(D)) + b_ih[i]
        total += sum(W_hh[i, k] * h[k] for k in range(H)) + b_hh[i]
        assert np.tanh(total) == pytest.approx(expected[i].item(), abs=1e-12)


@pytest.mark.equation("2.6")
def test_does_the_row_form_give_torch_step_of_a_batch() -> None:
    draw = np.random.default_rng(6)
    X, state = draw.normal(size=(7, D)), draw.normal(size=(7, H))
    cell = nn.RNNCell(D, H, dtype=torch.float64)
    W_ih, W_hh, b_ih, b_hh = weights(cell, "")
    ones = np.ones((7, 1))
    printed = np.tanh(X @ W_ih.T + ones @ b_ih[None] + state @ W_hh.T + ones @ b_hh[None])
    expected = cell(torch.from_numpy(X), torch.from_numpy(state)).detach().numpy()
    np.testing.assert_allclose(printed, expected, **EXACT)
    np.testing.assert_allclose(rnn.rnn_step(X, state, W_ih, W_hh, b_ih, b_hh), expected, **EXACT)


@pytest.mark.equation("2.7")
def test_does_only_the_sum_of_the_biases_count() -> None:
    module, x = layer(num_layers=2), torch.randn(2, T, D, dtype=torch.float64)
    before, c = module(x)[0], torch.randn(H, dtype=torch.float64)
    with torch.no_grad():
        module.bias_ih_l1.add_(c)
        unlike = module(x)[0]
        module.bias_hh_l1.sub_(c)
    torch.testing.assert_close(module(x)[0], before, **EXACT)
    assert (unlike - before).abs().max() > 0.01


@pytest.mark.equation("2.8")
def test_is_a_jordan_network_an_elman_network_with_a_matrix_of_rank_k() -> None:
    draw = np.random.default_rng(7)
    W_ih, W_yh, W_hy = draw.normal(size=(H, D)), draw.normal(size=(H, 2)), draw.normal(size=(2, H))
    b, b_y, x = draw.normal(size=H), draw.normal(size=2), inputs()
    y, heads = np.zeros(2), []
    for t in range(T):
        s = np.tanh(W_ih @ x[t] + W_yh @ y + b)
        y = W_hy @ s + b_y
        heads.append(y)
    # Put y into the next s: torch's layer with W_hh = W_yh W_hy, and b_y moved into its bias.
    module = layer()
    with torch.no_grad():
        module.weight_ih_l0.copy_(torch.from_numpy(W_ih))
        module.weight_hh_l0.copy_(torch.from_numpy(W_yh @ W_hy))
        module.bias_ih_l0.copy_(torch.from_numpy(b + W_yh @ b_y))
        module.bias_hh_l0.zero_()
    start = -np.linalg.pinv(W_hy) @ b_y  # a state whose output is y_0 = 0
    np.testing.assert_allclose(
        heads, torch_states(module, x, start) @ W_hy.T + b_y, rtol=0, atol=1e-11
    )


@pytest.mark.equation("2.9")
def test_does_the_count_match_torch_for_many_sizes() -> None:
    for d, h in itertools.product((1, 2, 7, 28), (1, 3, 16)):
        expected = sum(weight.numel() for weight in nn.RNN(d, h).parameters())
        assert h * d + h**2 + 2 * h == expected == rnn.count_parameters(rnn.RNN(d, h))


@pytest.mark.equation("2.10")
def test_does_the_cost_match_the_multiplications_that_torch_counts() -> None:
    for d, h, steps in ((3, 5, 6), (28, 16, 9), (1, 1, 2)):
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            rnn.RNN(d, h)(torch.zeros(1, steps, d))
        assert counter.get_total_flops() == 2 * steps * (h * d + h**2)  # a product and a sum


@pytest.mark.equation("2.11")
def test_does_the_count_of_layers_match_torch() -> None:
    for d, h, L in ((3, 5, 1), (3, 5, 2), (28, 16, 4)):
        expected = sum(weight.numel() for weight in nn.RNN(d, h, num_layers=L).parameters())
        assert (h * d + h**2 + 2 * h) + (L - 1) * (2 * h**2 + 2 * h) == expected


@pytest.mark.equation("2.12")
def test_is_the_third_state_the_threefold_composition() -> None:
    module, x = layer(), inputs(steps=3)
    theta, h0 = weights(module), np.random.default_rng(8).normal(size=H)
    printed = F(F(F(h0, x[0], *theta), x[1], *theta), x[2], *theta)
    np.testing.assert_allclose(printed, torch_states(module, x, h0)[-1], **EXACT)


@pytest.mark.equation("2.13")
def test_does_silence_before_a_pattern_change_nothing_without_biases() -> None:
    x = inputs()
    for k in (0, 1, 13):
        late = np.concatenate([np.zeros((k, D)), x])
        bare = layer(bias=False)
        np.testing.assert_allclose(torch_states(bare, late)[-1], torch_states(bare, x)[-1], **EXACT)
    assert abs(torch_states(layer(), late)[-1] - torch_states(layer(), x)[-1]).max() > 1e-6


@pytest.mark.equation("2.14")
def test_does_reading_in_two_pieces_end_where_reading_at_once_does() -> None:
    module, x = layer(), inputs()
    h0 = np.random.default_rng(9).normal(size=H)
    for k in range(1, T):
        between = torch_states(module, x[:k], h0)[-1]
        np.testing.assert_allclose(
            torch_states(module, x[k:], between)[-1], torch_states(module, x, h0)[-1], **EXACT
        )


@pytest.mark.equation("2.15")
def test_is_the_distance_of_two_states_below_its_bound() -> None:
    for seed, scale in itertools.product(range(5), (0.3, 0.9, 2.0)):
        module, x, draw = layer(seed), inputs(seed, 30), np.random.default_rng(seed)
        with torch.no_grad():
            module.weight_hh_l0.mul_(scale / torch.linalg.matrix_norm(module.weight_hh_l0, 2))
        one, two = draw.normal(size=(2, H))
        apart = np.linalg.norm(torch_states(module, x, one) - torch_states(module, x, two), axis=1)
        bound = scale ** np.arange(1.0, 31) * np.linalg.norm(one - two)
        assert (apart <= bound * (1 + 1e-9) + 1e-14).all()
    # And no smaller factor would do: near zero tanh is the identity, and the bound is met.
    W, v = np.diag([0.9, 0.1]), np.array([[1e-6, 0.0]])
    _, end = rnn.rnn_sequence(np.zeros((1, 20, 1)), np.zeros((2, 1)), W, state=v)
    assert np.linalg.norm(end) == pytest.approx(0.9**20 * 1e-6, rel=1e-9)


@pytest.mark.equation("2.16")
def test_does_one_matrix_on_the_concatenation_give_torch_step() -> None:
    draw = np.random.default_rng(10)
    x, h = draw.normal(size=D), draw.normal(size=H)
    cell = nn.RNNCell(D, H, dtype=torch.float64)
    W_ih, W_hh, b_ih, b_hh = weights(cell, "")
    printed = np.tanh(np.hstack([W_ih, W_hh]) @ np.concatenate([x, h]) + (b_ih + b_hh))
    expected = cell(torch.from_numpy(x)[None], torch.from_numpy(h)[None])[0].detach().numpy()
    np.testing.assert_allclose(printed, expected, **EXACT)


@pytest.mark.equation("2.17")
def test_is_the_linear_state_the_sum_over_powers() -> None:
    W_ih, W_hh, b, x, h0, states = linear_case()
    power = np.linalg.matrix_power
    for k in range(1, T + 1):
        printed = power(W_hh, k) @ h0 + sum(
            power(W_hh, k - j) @ (W_ih @ x[j - 1] + b) for j in range(1, k + 1)
        )
        np.testing.assert_allclose(printed, states[k - 1], rtol=0, atol=1e-11)


@pytest.mark.equation("2.18")
def test_do_all_linear_steps_collapse_into_one_matrix() -> None:
    W_ih, W_hh, b, x, h0, states = linear_case()
    power = np.linalg.matrix_power
    M = np.hstack([*(power(W_hh, T - j) @ W_ih for j in range(1, T + 1)), power(W_hh, T)])
    assert M.shape == (H, T * D + H)
    printed = M @ np.concatenate([x.ravel(), h0]) + sum(power(W_hh, j) @ b for j in range(T))
    np.testing.assert_allclose(printed, states[-1], rtol=0, atol=1e-11)


@pytest.mark.equation("2.19")
def test_do_two_units_compute_the_parity_in_torch_too() -> None:
    g, module = 10.0, nn.RNN(1, 2, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        module.weight_ih_l0.copy_(torch.tensor([[g], [g]]))
        module.weight_hh_l0.copy_(g * torch.tensor([[1.0, -1.0], [1.0, -1.0]]))
        module.bias_ih_l0.copy_(g * torch.tensor([0.0, 2.0]))
        module.bias_hh_l0.zero_()
    x = np.array(list(itertools.product((-1.0, 1.0), repeat=10)))  # every sequence of 10 signs
    states, _ = module(torch.from_numpy(x)[..., None], torch.ones(1, len(x), 2).double())
    u, v = states.detach().numpy().transpose(2, 0, 1)
    np.testing.assert_allclose(u - v + 1, np.cumprod(x, axis=1), rtol=0, atol=1e-7)


def block_matrix(W_hh: np.ndarray) -> np.ndarray:
    """Write the matrix of the display block by block."""
    A = np.zeros((T, H, T, H))
    for t in range(T):
        A[t, :, t] = np.eye(H)
        if t > 0:
            A[t, :, t - 1] = -W_hh
    return A.reshape(T * H, T * H)


@pytest.mark.equation("2.20")
def test_does_the_block_system_solve_to_the_states_of_the_loop() -> None:
    W_ih, W_hh, b, x, h0, states = linear_case()
    r = np.concatenate([W_ih @ x[t] + b + (W_hh @ h0 if t == 0 else 0) for t in range(T)])
    solved = np.linalg.solve(block_matrix(W_hh), r).reshape(T, H)
    np.testing.assert_allclose(solved, states, rtol=0, atol=1e-11)


@pytest.mark.equation("2.21")
def test_does_the_inverse_hold_the_powers() -> None:
    _, W_hh, *_ = linear_case()
    printed = np.zeros((T, H, T, H))
    for t, s in itertools.product(range(T), repeat=2):
        if t >= s:
            printed[t, :, s] = np.linalg.matrix_power(W_hh, t - s)
    product = block_matrix(W_hh) @ printed.reshape(T * H, T * H)
    np.testing.assert_allclose(product, np.eye(T * H), rtol=0, atol=1e-11)


@pytest.mark.equation("2.22")
def test_is_the_joined_pair_the_two_maps_one_after_the_other() -> None:
    draw = np.random.default_rng(11)
    A1, A2, A3 = draw.normal(size=(3, H, H))
    b1, b2, b3, h = draw.normal(size=(4, H))
    A, b = A2 @ A1, A2 @ b1 + b2
    np.testing.assert_allclose(A @ h + b, A2 @ (A1 @ h + b1) + b2, **EXACT)
    early = (A3 @ A, A3 @ b + b3)  # ((3 after (2 after 1))
    A, b = A3 @ A2, A3 @ b2 + b3
    late = (A @ A1, A @ b1 + b)  # ((3 after 2) after 1)
    for left, right in zip(early, late, strict=True):
        np.testing.assert_allclose(left, right, rtol=0, atol=1e-11)


@pytest.mark.equation("2.23")
def test_are_so_many_rounds_enough_and_fewer_not() -> None:
    for steps in range(1, 40):
        reach = [1] * steps  # how many steps the pair that ends at t covers
        rounds = 0
        while any(covered < t + 1 for t, covered in enumerate(reach)):
            gap = 2**rounds
            reach = [n + (reach[t - gap] if t >= gap else 0) for t, n in enumerate(reach)]
            rounds += 1
        assert reach == list(range(1, steps + 1))
        assert rounds == math.ceil(math.log2(steps))


@pytest.mark.equation("2.24")
def test_does_correcting_a_guess_by_linear_recurrences_end_at_torch_states() -> None:
    module, x = layer(), inputs(steps=40)
    W_ih, W_hh, b_ih, b_hh = weights(module)
    h, errors = np.zeros((41, H)), []
    for _ in range(12):
        new = np.zeros((41, H))
        for t in range(1, 41):
            f = np.tanh(W_hh @ h[t - 1] + W_ih @ x[t - 1] + b_ih + b_hh)
            J = np.diag(1 - f**2) @ W_hh
            new[t] = f + J @ (new[t - 1] - h[t - 1])
        h = new
        errors.append(abs(h[1:] - torch_states(module, x)).max())
    assert errors[0] > 1e-3
    assert errors[-1] < 1e-12


@pytest.mark.equation("2.25")
def test_is_the_head_a_linear_layer_on_the_state() -> None:
    head = nn.Linear(H, K, dtype=torch.float64)
    W_hy, b_y = head.weight.detach().numpy(), head.bias.detach().numpy()
    states = torch_states(layer(), inputs())
    expected = head(torch.from_numpy(states)).detach().numpy()  # all steps at once
    for t in range(T):
        np.testing.assert_allclose(W_hy @ states[t] + b_y, expected[t], **EXACT)


@pytest.mark.equation("2.26")
def test_is_the_loss_torch_cross_entropy_summed_over_the_steps() -> None:
    draw = np.random.default_rng(12)
    y, c = draw.normal(size=(T, K)) * 3, draw.integers(K, size=T)
    losses = [-y[t, c[t]] + math.log(sum(math.exp(y[t, k]) for k in range(K))) for t in range(T)]
    expected = nn.functional.cross_entropy(
        torch.from_numpy(y), torch.from_numpy(c), reduction="sum"
    )
    assert sum(losses) == pytest.approx(expected.item(), abs=1e-12)


@pytest.mark.equation("2.27")
def test_is_the_mean_of_the_states_that_of_the_unpadded_example() -> None:
    ours = rnn.RNN(D, H, dtype=torch.float64)
    x, n = torch.randn(3, T, D, dtype=torch.float64), [2, 6, 4]
    output, _ = ours(x, lengths=n)
    for example in range(3):
        alone = ours(x[example : example + 1, : n[example]])[0][0]
        printed = sum(output[example, t] for t in range(n[example])) / n[example]
        torch.testing.assert_close(printed, alone.mean(0), **EXACT)


@pytest.mark.equation("2.28")
def test_is_the_skipping_head_blind_to_how_input_and_past_combine() -> None:
    draw = np.random.default_rng(13)
    V_x, V_h, b_y = draw.normal(size=(K, D)), draw.normal(size=(K, H)), draw.normal(size=K)
    split = nn.Linear(D + H, K, dtype=torch.float64)  # on the concatenation, as listings have it
    with torch.no_grad():
        split.weight.copy_(torch.from_numpy(np.hstack([V_x, V_h])))
        split.bias.copy_(torch.from_numpy(b_y))
    module, one, two = layer(), *draw.normal(size=(2, D))
    pasts = [torch_states(module, inputs(seed))[-1] for seed in (1, 2)]
    table = np.array([[V_x @ x + V_h @ h + b_y for x in (one, two)] for h in pasts])
    for (i, h), (j, x) in itertools.product(enumerate(pasts), enumerate((one, two))):
        pair = torch.from_numpy(np.concatenate([x, h]))
        np.testing.assert_allclose(table[i, j], split(pair).detach().numpy(), **EXACT)
    # What a change of input does is the same after either past; in the new state it is not.
    np.testing.assert_allclose(table[0, 1] - table[0, 0], table[1, 1] - table[1, 0], **EXACT)
    new = np.array([[F(h, x, *weights(module)) for x in (one, two)] for h in pasts])
    assert abs((new[0, 1] - new[0, 0]) - (new[1, 1] - new[1, 0])).max() > 1e-3


@pytest.mark.equation("2.29")
def test_do_stacked_layers_follow_the_display() -> None:
    module, x = layer(num_layers=3), inputs()
    below = x
    for index in range(3):
        W_ih, W_hh, b_ih, b_hh = weights(module, f"_l{index}")
        h, states = np.zeros(H), []
        for t in range(T):
            h = np.tanh(W_ih @ below[t] + b_ih + W_hh @ h + b_hh)
            states.append(h)
        below = np.array(states)
    np.testing.assert_allclose(below, torch_states(module, x), **EXACT)


@pytest.mark.equation("2.30")
def test_does_the_reverse_direction_follow_the_display() -> None:
    module, x = layer(bidirectional=True), inputs()
    W_ih, W_hh, b_ih, b_hh = weights(module, "_l0_reverse")
    backward, forward = np.zeros((T + 1, H)), np.zeros((T + 1, H))
    for t in reversed(range(T)):
        backward[t] = np.tanh(W_ih @ x[t] + b_ih + W_hh @ backward[t + 1] + b_hh)
    for t in range(T):
        forward[t] = F(forward[t - 1], x[t], *weights(module))
    o = np.hstack([forward[:T], backward[:T]])
    np.testing.assert_allclose(o, torch_states(module, x), **EXACT)


@pytest.mark.equation("2.31")
def test_does_the_masked_step_end_as_torch_packed_does() -> None:
    module, lengths = layer(), [2, 6, 4, 1]
    x = torch.randn(4, T, D, dtype=torch.float64)
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    final = module(packed)[1][0].detach().numpy()
    for example, length in enumerate(lengths):
        h = np.zeros(H)
        for t in range(T):
            m = 1.0 if t < length else 0.0
            h = m * F(h, x[example, t].numpy(), *weights(module)) + (1 - m) * h
        np.testing.assert_allclose(h, final[example], **EXACT)


@pytest.mark.equation("2.32")
def test_is_the_map_of_one_unit_torch_cell_without_input() -> None:
    for w, h in itertools.product((-2.0, 0.7, 3.0), (-1.5, 0.1, 0.9)):
        cell = nn.RNNCell(1, 1, bias=False, dtype=torch.float64)
        nn.init.constant_(cell.weight_hh, w)
        expected = cell(torch.zeros(1, 1).double(), torch.tensor([[h]], dtype=torch.float64)).item()
        assert np.tanh(w * h) == pytest.approx(expected, abs=1e-12)


@pytest.mark.equation("2.33")
def test_how_many_states_does_the_rule_leave_alone() -> None:
    grid = np.linspace(-1.5, 1.5, 30_001) + 1e-5  # beside 0, never on it
    for w, count in ((-1.5, 1), (0.5, 1), (0.99, 1), (1.2, 3), (4.0, 3)):
        gap = np.tanh(w * grid) - grid
        assert (np.diff(np.sign(gap)) != 0).sum() == count
        h = largest_fixed_point(w) if w > 0 else 0.0
        assert h == pytest.approx(np.tanh(w * h), abs=1e-6)


@pytest.mark.equation("2.34")
def test_is_the_slope_at_a_fixed_point_that_of_a_complex_step() -> None:
    for w in (0.5, 1.3, 2.0, 5.0):
        h = largest_fixed_point(w)
        derivative = np.tanh(w * (h + 1e-30j)).imag / 1e-30
        assert w * (1 - np.tanh(w * h) ** 2) == pytest.approx(derivative, abs=1e-12)
        assert w * (1 - h**2) == pytest.approx(derivative, abs=1e-12)


@pytest.mark.equation("2.35")
def test_does_a_small_error_shrink_or_grow_by_the_power_of_the_slope() -> None:
    for w, h in ((0.7, 0.0), (1.5, 0.0), (2.0, largest_fixed_point(2.0))):
        slope, state = w * (1 - h**2), h + 1e-9
        for t in range(1, 9):
            state = np.tanh(w * state)
            assert state - h == pytest.approx(slope**t * 1e-9, rel=1e-5, abs=1e-15)


@pytest.mark.equation("2.36")
def test_does_the_branch_leave_zero_like_the_square_root() -> None:
    errors = []
    for excess in (0.08, 0.04, 0.02):
        w = 1 + excess
        errors.append(abs(math.sqrt(3 * (w - 1) / w**3) / largest_fixed_point(w) - 1))
    assert errors[-1] < 0.02
    assert errors[0] / errors[1] == pytest.approx(2, abs=0.2)  # the error shrinks with w - 1
    assert errors[1] / errors[2] == pytest.approx(2, abs=0.2)


@pytest.mark.equation("2.37")
def test_does_a_relu_unit_follow_a_power_in_torch() -> None:
    for w in (0.9, 1.0, 1.1):
        module = nn.RNN(1, 1, nonlinearity="relu", bias=False, batch_first=True).double()
        nn.init.constant_(module.weight_hh_l0, w)
        start = torch.tensor([[[0.7]]], dtype=torch.float64)
        states = module(torch.zeros(1, 50, 1).double(), start)[0][0, :, 0].detach().numpy()
        h0 = start.item()
        np.testing.assert_allclose(states, [w**t * h0 for t in range(1, 51)], rtol=1e-12)


@pytest.mark.equation("2.38")
def test_does_the_upper_resting_place_end_at_the_margin() -> None:
    grid = np.linspace(0, 1, 2_000_001)
    for w in (1.2, 2.0, 3.0):
        critical = math.sqrt(w * (w - 1)) - math.acosh(math.sqrt(w))
        above, below = (
            (np.tanh(w * grid - critical * factor) - grid).max() for factor in (0.9999, 1.0001)
        )
        assert above > 0 > below  # the curve crosses the diagonal, and does not


@pytest.mark.equation("2.39")
def test_does_the_latch_hold_against_the_worst_push_at_every_step() -> None:
    for w, share in itertools.product((1.3, 2.0, 3.0), (0.5, 0.99)):
        push = share * (math.sqrt(w * (w - 1)) - math.acosh(math.sqrt(w)))
        floor = largest_fixed_point(w, push)
        assert floor > 0
        assert np.tanh(w * floor - push) == pytest.approx(floor, abs=1e-9)
        draw = np.random.default_rng(14)
        h, u = draw.uniform(floor, 1, size=1000), 0.7
        x = draw.uniform(-1, 1, size=1000) * push / u
        assert (np.tanh(w * h + u * x) >= floor - 1e-9).all()


@pytest.mark.equation("2.40")
def test_is_the_matrix_of_slopes_that_of_autograd_at_a_fixed_point() -> None:
    W = np.array([[1.5, -0.6], [0.4, 1.8]])
    h = np.ones(2)
    for _ in range(3000):
        h = np.tanh(W @ h)
    expected = torch.autograd.functional.jacobian(
        lambda state: torch.tanh(torch.from_numpy(W) @ state), torch.from_numpy(h)
    )
    np.testing.assert_allclose(np.diag(1 - h**2) @ W, expected.numpy(), rtol=0, atol=1e-10)


@pytest.mark.equation("2.41")
def test_does_the_spectral_radius_tell_what_is_stable() -> None:
    seen = set()
    for seed in range(40):
        W = np.random.default_rng(seed).normal(size=(3, 3))
        radius = max(abs(value) for value in np.linalg.eigvals(W))  # at h* = 0, J = W
        if abs(radius - 1) < 0.05:
            continue
        h = 1e-6 * np.ones(3)
        for _ in range(2000):
            h = np.tanh(W @ h)
        assert (np.linalg.norm(h) < 1e-7) == (radius < 1)
        seen.add(radius < 1)
    assert seen == {True, False}


@pytest.mark.equation("2.42")
def test_are_the_eigenvalues_of_a_stretched_rotation_a_complex_pair() -> None:
    for g, angle in itertools.product((0.5, 1.3), (0.2, 1.0, math.pi / 2)):
        W = g * np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        printed = np.sort_complex([g * np.exp(1j * angle), g * np.exp(-1j * angle)])
        np.testing.assert_allclose(np.sort_complex(np.linalg.eigvals(W)), printed, **EXACT)


@pytest.mark.equation("2.43")
def test_is_a_tree_that_is_a_chain_torch_network() -> None:
    module = nn.RNN(H, H, batch_first=True, dtype=torch.float64)
    W_R, W_L, b_ih, b_hh = weights(module)
    x, b = np.random.default_rng(15).normal(size=(T, H)), b_ih + b_hh
    node = np.zeros(H)
    for leaf in x:
        node = np.tanh(W_L @ node + W_R @ leaf + b)
    expected, _ = module(torch.from_numpy(x)[None])
    np.testing.assert_allclose(node, expected[0, -1].detach().numpy(), **EXACT)
