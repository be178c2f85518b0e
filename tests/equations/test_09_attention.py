"""Does each display of chapter 09 hold as it is printed?"""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from rnn_utils import attention, gru, rnn, seq2seq

EXACT = {"rtol": 0, "atol": 1e-12}
T, E, H = 6, 8, 5


@pytest.fixture(autouse=True)
def in_float64():
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def softmax(e: Tensor) -> Tensor:
    """The printed fraction, along the last axis."""
    return torch.exp(e) / torch.exp(e).sum(-1, keepdim=True)


def flops(module: nn.Module, *inputs: Tensor) -> int:
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        module(*inputs)
    return counter.get_total_flops()


def count(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


@pytest.mark.equation("9.1")
def test_is_the_longest_string_that_fits_the_one_found_by_counting() -> None:
    for K in (2, 3, 8, 26):
        for H_, b in ((1, 4), (3, 7), (5, 8)):
            fits = [n for n in range(200) if K**n <= 2 ** (H_ * b)]
            assert max(fits) == math.floor(H_ * b / math.log2(K) + 1e-9)


@pytest.mark.equation("9.2", "9.3")
def test_is_the_context_torchs_attention_with_the_scores_as_a_bias() -> None:
    """Given scores as an additive mask over keys of 0, does torch's own attention agree?"""
    e, m = torch.randn(3, T), torch.randn(T, 4)
    alpha = softmax(e)
    c = torch.stack([sum(alpha[u, t] * m[t] for t in range(T)) for u in range(3)])
    expected = nn.functional.scaled_dot_product_attention(
        torch.zeros(1, 3, 2), torch.zeros(1, T, 2), m[None], attn_mask=e[None]
    )
    torch.testing.assert_close(c, expected[0], **EXACT)
    assert (alpha >= 0).all()
    torch.testing.assert_close(alpha.sum(-1), torch.ones(3), **EXACT)


@pytest.mark.equation("9.4")
def test_is_the_derivative_with_the_weights_held_a_weight_times_the_identity() -> None:
    alpha, m = torch.randn(T).softmax(0), torch.randn(T, 4)
    found = torch.autograd.functional.jacobian(lambda m: alpha @ m, m)  # (4, T, 4)
    for t in range(T):
        torch.testing.assert_close(found[:, t], alpha[t] * torch.eye(4), **EXACT)


@pytest.mark.equation("9.5")
def test_is_the_derivative_of_the_softmax_autograds() -> None:
    e = torch.randn(T)
    alpha, found = e.softmax(0), torch.autograd.functional.jacobian(lambda e: e.softmax(0), e)
    for j in range(T):
        for k in range(T):
            assert abs(alpha[j] * (float(j == k) - alpha[k]) - found[j, k]) < 1e-14


@pytest.mark.equation("9.6")
def test_is_the_additive_score_a_network_with_one_hidden_layer() -> None:
    s, m = torch.randn(3), torch.randn(4)
    W_q, W_k, v = torch.randn(H, 3), torch.randn(H, 4), torch.randn(H)
    network = nn.Sequential(nn.Linear(7, H, bias=False), nn.Tanh(), nn.Linear(H, 1, bias=False))
    network[0].weight.data, network[2].weight.data = torch.cat([W_q, W_k], 1), v[None]
    printed = v @ torch.tanh(W_q @ s + W_k @ m)
    torch.testing.assert_close(printed, network(torch.cat([s, m]))[0], **EXACT)
    module = attention.AdditiveAttention(3, 4, H)
    module.load_state_dict({"weight_query": W_q, "weight_key": W_k, "weight_score": v})
    torch.testing.assert_close(
        printed, module.score(s[None, None], m[None, None])[0, 0, 0], **EXACT
    )


@pytest.mark.equation("9.7")
def test_is_the_dot_score_length_times_length_times_cosine() -> None:
    s, m = torch.randn(E), torch.randn(E)
    printed = sum(s[i] * m[i] for i in range(E))
    angle = nn.functional.cosine_similarity(s, m, dim=0)
    torch.testing.assert_close(printed, s.norm() * m.norm() * angle, **EXACT)


@pytest.mark.equation("9.8")
def test_is_the_scaled_score_the_one_that_torch_attends_with() -> None:
    s, m, values = torch.randn(E), torch.randn(T, E), torch.randn(T, 3)
    e = torch.stack([s @ m[t] / math.sqrt(E) for t in range(T)])
    expected = nn.functional.scaled_dot_product_attention(s[None, None], m[None], values[None])
    torch.testing.assert_close(softmax(e) @ values, expected[0, 0], **EXACT)


@pytest.mark.equation("9.9")
def test_is_the_general_score_torchs_bilinear_form() -> None:
    s, m, W = torch.randn(3), torch.randn(4), torch.randn(3, 4)
    expected = nn.functional.bilinear(s[None], m[None], W[None])[0, 0]
    torch.testing.assert_close(s @ W @ m, expected, **EXACT)


@pytest.mark.equation("9.10")
def test_is_a_product_of_two_matrices_a_dot_product_of_two_maps() -> None:
    s, m, A, B = torch.randn(5), torch.randn(7), torch.randn(2, 5), torch.randn(2, 7)
    module = attention.GeneralAttention(5, 7)
    module.load_state_dict({"weight": A.T @ B})
    torch.testing.assert_close(
        module.score(s[None, None], m[None, None])[0, 0, 0], (A @ s) @ (B @ m), **EXACT
    )


@pytest.mark.equation("9.11", "9.12")
def test_are_variance_and_difference_of_scores_those_of_many_draws() -> None:
    rng = np.random.default_rng(0)
    for D in (4, 64, 256):
        s, m = rng.normal(size=(40_000, D)), rng.normal(size=(40_000, D))
        e1 = (s * m).sum(1)
        assert e1.var() == pytest.approx(D, rel=0.04)
        assert (s * m).var(0).sum() == pytest.approx(D, rel=0.04)
        e2 = (s * rng.normal(size=(40_000, D))).sum(1)
        assert (e1 - e2).std() == pytest.approx(math.sqrt(2 * D), rel=0.02)
    e = torch.randn(100, 5)
    alpha = e.softmax(-1)
    torch.testing.assert_close(alpha[:, 1] / alpha[:, 0], torch.exp(-(e[:, 0] - e[:, 1])))


@pytest.mark.equation("9.13")
def test_is_the_masked_softmax_the_printed_fraction() -> None:
    e, m = torch.randn(4, T), torch.rand(4, T) < 0.6
    m[:, 0] = True
    printed = m * torch.exp(e) / (m * torch.exp(e)).sum(-1, keepdim=True)
    torch.testing.assert_close(attention.masked_softmax(e, m), printed, **EXACT)
    for row in range(4):
        torch.testing.assert_close(printed[row, m[row]], e[row, m[row]].softmax(0), **EXACT)


@pytest.mark.equation("9.14")
def test_does_a_finite_number_leak_as_the_printed_formula_says() -> None:
    e, m, N = torch.tensor([1.0, 2.0, 5.0]), torch.tensor([1.0, 1.0, 0.0]), 10.0
    printed = softmax(e - (1 - m) * N)
    leak = math.exp(5 - N) / (math.exp(1) + math.exp(2) + math.exp(5 - N))
    assert printed[2].item() == pytest.approx(leak, abs=1e-15)
    exact = attention.masked_softmax(e, m.bool())
    torch.testing.assert_close(softmax(e - (1 - m) * 1e9), exact, **EXACT)
    assert printed[2] > 1e-4
    assert exact[2] == 0


def model(score: str = "general", feed: bool = False) -> seq2seq.Seq2Seq:
    encoder = seq2seq.Encoder(9, 3, 4, bidirectional=True)
    return seq2seq.Seq2Seq(encoder, attention.AttentionDecoder(7, 3, E, 8, score=score, feed=feed))


@pytest.mark.equation("9.15", "9.16")
def test_does_the_decoder_follow_its_equations_with_numpys_gru() -> None:
    network = model()
    decoder = network.decoder
    source, tokens = torch.randint(1, 9, (1, T)), torch.randint(1, 7, (1, 4))
    weights = {
        n.removesuffix("_l0"): w.detach().numpy() for n, w in decoder.layer.named_parameters()
    }
    with torch.no_grad():
        expected = network(source, tokens).softmax(-1)[0]
        memory, state = network.encoder(source)
        s, m = state[0].numpy(), memory[0]
        for u in range(4):
            s = gru.gru_step(decoder.embedding.weight[tokens[0, u]].numpy()[None], s, **weights)
            s_u = torch.from_numpy(s[0])
            alpha = softmax(torch.stack([s_u @ decoder.attention.weight @ m[t] for t in range(T)]))
            c = sum(alpha[t] * m[t] for t in range(T))
            mixed = torch.tanh(decoder.combine.weight @ torch.cat([c, s_u]))
            printed = softmax(decoder.head.weight @ mixed + decoder.head.bias)
            torch.testing.assert_close(printed, expected[u], **EXACT)


@pytest.mark.equation("9.17")
def test_does_feeding_the_context_add_a_term_to_each_gate() -> None:
    """Is reading [E; c] the same as reading E with W_c c added to what the gates receive?"""
    cell, score = nn.GRUCell(3 + 4, H), attention.AdditiveAttention(H, 4, 6)
    m, embedded, s = torch.randn(1, T, 4), torch.randn(1, 3), torch.randn(1, H)
    alpha = softmax(
        torch.stack(
            [
                score.weight_score
                @ torch.tanh(score.weight_query @ s[0] + score.weight_key @ m[0, t])
                for t in range(T)
            ]
        )
    )
    c = sum(alpha[t] * m[0, t] for t in range(T))
    printed = cell(torch.cat([embedded[0], c])[None], s)
    context, _ = score(s[:, None], m)
    split = nn.GRUCell(3, H)
    split.load_state_dict(
        {
            "weight_ih": cell.weight_ih[:, :3],
            "weight_hh": cell.weight_hh,
            "bias_ih": cell.bias_ih + cell.weight_ih[:, 3:] @ context[0, 0],
            "bias_hh": cell.bias_hh,
        }
    )
    torch.testing.assert_close(printed, split(embedded, s), **EXACT)


def projections() -> tuple[Tensor, ...]:
    X, W_Q, W_K, W_V = (torch.randn(n, E) for n in (T, 4, 4, 3))
    return X, X @ W_Q.T, X @ W_K.T, X @ W_V.T, W_Q, W_K, W_V


@pytest.mark.equation("9.18", "9.19")
def test_is_self_attention_torchs() -> None:
    X, Q, K, V, W_Q, W_K, W_V = projections()
    for t in range(T):
        torch.testing.assert_close(Q[t], W_Q @ X[t], **EXACT)
        torch.testing.assert_close(K[t], W_K @ X[t], **EXACT)
        torch.testing.assert_close(V[t], W_V @ X[t], **EXACT)
    Z = softmax(Q @ K.T / math.sqrt(4)) @ V
    expected = nn.functional.scaled_dot_product_attention(Q[None], K[None], V[None])[0]
    torch.testing.assert_close(Z, expected, **EXACT)


@pytest.mark.equation("9.20")
def test_is_causal_self_attention_torchs() -> None:
    _, Q, K, V, *_ = projections()
    expected = nn.functional.scaled_dot_product_attention(
        Q[None], K[None], V[None], is_causal=True
    )[0]
    for t in range(T):
        alpha = softmax(torch.stack([Q[t] @ K[j] / math.sqrt(4) for j in range(t + 1)]))
        z = sum(alpha[j] * V[j] for j in range(t + 1))
        torch.testing.assert_close(z, expected[t], **EXACT)


@pytest.mark.equation("9.21")
def test_are_joined_heads_torchs_layer() -> None:
    theirs = nn.MultiheadAttention(E, 2, bias=False, batch_first=True)
    X, (W_Q, W_K, W_V) = torch.randn(T, E), theirs.in_proj_weight.chunk(3)
    heads = []
    for n in range(2):
        rows = slice(n * E // 2, (n + 1) * E // 2)
        Q, K, V = X @ W_Q[rows].T, X @ W_K[rows].T, X @ W_V[rows].T
        heads.append(softmax(Q @ K.T / math.sqrt(E / 2)) @ V)
    printed = torch.cat(heads, 1) @ theirs.out_proj.weight.T
    torch.testing.assert_close(printed, theirs(X[None], X[None], X[None])[0][0], **EXACT)


@pytest.mark.equation("9.22", "9.28")
def test_are_the_parameters_of_heads_and_layer_torchs() -> None:
    for width in (4, 8, 20):
        assert count(nn.MultiheadAttention(width, 2)) == 4 * width**2 + 4 * width
        layer = nn.TransformerEncoderLayer(width, 2, 4 * width)
        assert count(layer) == 12 * width**2 + 13 * width


@pytest.mark.equation("9.23")
def test_does_torchs_attention_permute_with_its_input() -> None:
    theirs, X = nn.MultiheadAttention(E, 2, batch_first=True), torch.randn(T, E)
    P = torch.eye(T)[torch.randperm(T)]
    moved, still = P @ X, theirs(X[None], X[None], X[None])[0][0]
    torch.testing.assert_close(
        theirs(moved[None], moved[None], moved[None])[0][0], P @ still, **EXACT
    )


@pytest.mark.equation("9.24", "9.25", "9.26")
def test_are_the_positions_turning_hands() -> None:
    """Is each pair the power of a complex number, whose products give shift and dot product?"""
    p, rates = attention.sinusoidal_positions(60, E), 10000.0 ** (-torch.arange(0, E, 2) / E)
    for i in range(E // 2):
        step = complex(math.cos(rates[i]), math.sin(rates[i]))
        for t in (0, 1, 7, 59):
            assert abs(complex(p[t, 2 * i + 1], p[t, 2 * i]) - step**t) < 1e-12
    for k in (1, 5, 30):
        for i in range(E // 2):
            c, s = math.cos(rates[i] * k), math.sin(rates[i] * k)
            turn = torch.tensor([[c, s], [-s, c]])
            torch.testing.assert_close(
                p[3 + k, 2 * i : 2 * i + 2], turn @ p[3, 2 * i : 2 * i + 2], **EXACT
            )
        for t in (0, 4, 20):
            assert abs(p[t] @ p[t + k] - torch.cos(rates * k).sum()) < 1e-12


@pytest.mark.equation("9.27")
def test_is_the_layer_torchs() -> None:
    theirs = nn.TransformerEncoderLayer(E, 2, 4 * E, dropout=0.0, batch_first=True, norm_first=True)
    for weight in theirs.parameters():
        nn.init.normal_(weight, std=0.3)
    X = torch.randn(1, T, E)
    one = theirs.norm1(X)
    U = X + theirs.self_attn(one, one, one)[0]
    W_1, b_1, W_2, b_2 = (
        *theirs.linear1.parameters(),
        *theirs.linear2.parameters(),
    )
    Y = U + torch.clamp(theirs.norm2(U) @ W_1.T + b_1, min=0) @ W_2.T + b_2
    torch.testing.assert_close(Y, theirs(X), **EXACT)


@pytest.mark.equation("9.29")
def test_are_the_operations_of_a_layer_those_counted() -> None:
    for width, steps in ((8, 3), (16, 50), (32, 32)):
        layer = attention.TransformerEncoderLayer(width, 2, 4 * width)
        counted = flops(layer, torch.randn(1, steps, width))
        assert counted == 24 * steps * width**2 + 4 * steps**2 * width


@pytest.mark.equation("9.30")
def test_are_the_operations_of_recurrent_layers_those_counted() -> None:
    for width, steps in ((8, 3), (16, 20)):
        x = torch.randn(steps, width)
        assert flops(rnn.RNN(width, width, bias=False), x[None]) == 4 * steps * width**2

        def loop(x: Tensor, cell: nn.LSTMCell) -> None:
            h = c = torch.zeros(1, cell.hidden_size)
            for t in range(len(x)):
                h, c = cell(x[t : t + 1], (h, c))

        counter = FlopCounterMode(display=False)
        with counter, torch.no_grad():
            loop(x, nn.LSTMCell(width, width, bias=False))
        assert counter.get_total_flops() == 16 * steps * width**2


@pytest.mark.equation("9.31")
def test_is_the_state_as_large_as_printed() -> None:
    for L in (1, 3):
        network = attention.Transformer(7, E, 2, L)
        state = network.start(batch=1)
        for n in range(1, 6):
            _, state = network.step(torch.tensor([n]), state)
            assert sum(part.numel() for part in state.values()) == L * n * E
        _, (h, c) = nn.LSTM(E, H, num_layers=L)(torch.randn(9, 1, E))
        assert h.numel() + c.numel() == 2 * L * H
