"""Does each display of chapter 11 hold as it is printed?"""

from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar
from sklearn.feature_extraction.text import CountVectorizer
from torch import Tensor, nn
from torch.nn import functional as F

from rnn_utils import embeddings, language_model
from rnn_utils import text_classification as tc

EXACT = {"rtol": 0, "atol": 1e-12}
V, E, K, T, H = 9, 4, 3, 6, 5


@pytest.fixture(autouse=True)
def in_float64():
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def sigma(s: Tensor) -> Tensor:
    return 1 / (1 + torch.exp(-s))


def tables() -> tuple[Tensor, Tensor]:
    """v and u, (V, E) each, with gradients."""
    return torch.randn(V, E, requires_grad=True), torch.randn(V, E, requires_grad=True)


@pytest.mark.equation("11.1")
def test_are_all_words_as_far_apart_as_torchs_one_hot_rows() -> None:
    e = F.one_hot(torch.arange(V), V).double()
    distances, products = torch.cdist(e, e) ** 2, e @ e.T
    for a, b in itertools.permutations(range(V), 2):
        assert products[a, b] == 0
        assert abs(distances[a, b] - 2) < 1e-12


@pytest.mark.equation("11.2")
def test_is_the_gradient_of_a_column_a_sum_over_the_examples_with_that_word() -> None:
    W, b = torch.randn(K, V, requires_grad=True), torch.randn(K)
    words, labels = torch.tensor([0, 3, 3, 5, 0, 3]), torch.tensor([0, 1, 2, 2, 1, 1])
    logits = torch.stack([W @ F.one_hot(w, V).double() + b for w in words])
    F.cross_entropy(logits, labels).backward()
    p, y, M = logits.softmax(1), F.one_hot(labels, K), len(words)
    for w in range(V):
        terms = [p[i] - y[i] for i in range(M) if words[i] == w]
        printed = sum(terms, torch.zeros(K)) / M
        torch.testing.assert_close(W.grad[:, w], printed.detach(), **EXACT)


@pytest.mark.equation("11.3")
def test_are_the_pairs_those_that_the_package_lists() -> None:
    w = [7, 2, 2, 5, 1, 0, 2]
    N = len(w)
    for R in (1, 2, 4, 9):
        printed = [
            (w[t - 1], w[t + j - 1])
            for t in range(1, N + 1)
            for j in range(-R, R + 1)
            if 1 <= abs(j) <= R and 1 <= t + j <= N
        ]
        c, o = embeddings.pairs(torch.tensor(w), R)
        assert Counter(printed) == Counter(zip(c.tolist(), o.tolist(), strict=True))


@pytest.mark.equation("11.4", "11.5")
def test_is_the_loss_torchs_cross_entropy_of_the_scores() -> None:
    v, u = tables()
    pairs = [(0, 3), (2, 5), (2, 5), (8, 1)]
    P = {c: torch.exp(u @ v[c]) / sum(torch.exp(u[w] @ v[c]) for w in range(V)) for c, _ in pairs}
    printed = -sum(torch.log(P[c][o]) for c, o in pairs) / len(pairs)
    centres, contexts = torch.tensor(pairs).T
    torch.testing.assert_close(printed, F.cross_entropy(v[centres] @ u.T, contexts), **EXACT)


@pytest.mark.equation("11.6")
def test_is_the_gradient_the_expected_context_less_the_one_that_came() -> None:
    v, u = tables()
    c, o = 2, 5
    F.cross_entropy((u @ v[c])[None], torch.tensor([o])).backward()
    P = (u @ v[c]).softmax(0)
    printed = sum(P[w] * u[w] for w in range(V)) - u[o]
    torch.testing.assert_close(v.grad[c], printed.detach(), **EXACT)


@pytest.mark.equation("11.7")
def test_does_cbow_ask_with_torchs_bag_of_embeddings() -> None:
    v, u = tables()
    around, c = [1, 4, 4, 7], 3
    mean = sum(v[o] for o in around) / len(around)
    printed = torch.exp(u[c] @ mean) / sum(torch.exp(u[w] @ mean) for w in range(V))
    asks = F.embedding_bag(torch.tensor([around]), v, mode="mean")[0]
    torch.testing.assert_close(mean, asks, **EXACT)
    torch.testing.assert_close(printed, (u @ asks).softmax(0)[c], **EXACT)
    model = embeddings.CBOW(V, E)
    model.input.weight.data, model.output.weight.data = v.data, u.data
    true, _ = model(
        torch.tensor([around]), torch.ones(1, 4) > 0, torch.tensor([c]), torch.ones(1, 0).long()
    )
    torch.testing.assert_close(true[0], -F.logsigmoid(u[c] @ mean), **EXACT)


@pytest.mark.equation("11.8", "11.9")
def test_is_negative_sampling_binary_cross_entropy_with_the_gradients_of_autograd() -> None:
    v, u = tables()
    c, o, drawn = 2, 5, [1, 7, 8]
    s_o, s = u[o] @ v[c], [u[k] @ v[c] for k in drawn]
    printed = -torch.log(sigma(s_o)) - sum(torch.log(sigma(-s_k)) for s_k in s)
    labels = torch.tensor([1.0, 0, 0, 0])
    scores = torch.stack([s_o, *s])
    expected = F.binary_cross_entropy_with_logits(scores, labels, reduction="sum")
    torch.testing.assert_close(printed, expected, **EXACT)
    expected.backward()
    with torch.no_grad():
        pull = -sigma(-s_o) * u[o]
        push = sum(sigma(s_k) * u[k] for s_k, k in zip(s, drawn, strict=True))
        torch.testing.assert_close(v.grad[c], pull + push, **EXACT)
        torch.testing.assert_close(u.grad[o], -sigma(-s_o) * v[c], **EXACT)
        for s_k, k in zip(s, drawn, strict=True):
            torch.testing.assert_close(u.grad[k], sigma(s_k) * v[c], **EXACT)


@pytest.mark.equation("11.10")
def test_is_the_mean_loss_of_a_score_what_a_count_of_all_draws_gives() -> None:
    """For one centre: every context with its probability, every draw of K negatives with its."""
    P, noise = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.2, 0.2, 0.6])
    s, draws = torch.randn(3), 2
    total = 0.0
    for o in range(3):
        for drawn in itertools.product(range(3), repeat=draws):
            chance = P[o] * math.prod(float(noise[k]) for k in drawn)
            total += chance * (-F.logsigmoid(s[o]) - sum(F.logsigmoid(-s[k]) for k in drawn))
    printed = [
        -P[o] * torch.log(sigma(s[o])) - draws * noise[o] * torch.log(sigma(-s[o]))
        for o in range(3)
    ]
    torch.testing.assert_close(sum(printed), total, **EXACT)


@pytest.mark.equation("11.11")
def test_is_the_best_score_where_a_search_finds_the_least_loss() -> None:
    for P, noise, draws in [(0.5, 0.1, 5), (0.01, 0.3, 2), (0.2, 0.2, 1)]:
        found = minimize_scalar(
            lambda s, p=P, n=noise, k=draws: p * np.logaddexp(0, -s) + k * n * np.logaddexp(0, s),
            bounds=(-20, 20),
            method="bounded",
            options={"xatol": 1e-10},
        )
        assert abs(found.x - (math.log(P / noise) - math.log(draws))) < 1e-6


@pytest.mark.equation("11.12")
def test_is_the_noise_the_softmax_of_scaled_log_counts() -> None:
    counts = torch.tensor([1.0, 5, 20, 400])
    printed = counts**0.75 / sum(count**0.75 for count in counts)
    torch.testing.assert_close(printed, (0.75 * counts.log()).softmax(0), **EXACT)
    torch.testing.assert_close(embeddings.noise(counts), printed, **EXACT)


@pytest.mark.equation("11.13")
def test_does_thinning_keep_a_word_as_often_as_printed() -> None:
    t, words = 0.01, torch.arange(3).repeat_interleave(torch.tensor([90_000, 9_500, 500]))
    counts = torch.bincount(words).double()
    f = counts / counts.sum()
    kept = embeddings.thin(words, embeddings.subsample(counts, t), torch.Generator().manual_seed(0))
    shares = torch.bincount(kept, minlength=3) / counts
    for w in range(3):
        printed = min(1.0, math.sqrt(t / f[w]))
        assert abs(shares[w] - printed) < 5 * math.sqrt(0.25 / counts[w])
    assert shares[2] == 1  # rarer than t


@pytest.mark.equation("11.14")
def test_does_the_loss_of_a_fresh_model_begin_as_printed() -> None:
    for draws in (1, 5, 20):
        model = embeddings.SkipGram(V, E).double()
        c, o, w = torch.randint(V, (7,)), torch.randint(V, (7,)), torch.randint(V, (7, draws))
        true, false = model(c, o, w)
        torch.testing.assert_close(
            true + false.sum(1), torch.full((7,), (draws + 1) * math.log(2)), **EXACT
        )


@pytest.mark.equation("11.15")
def test_is_the_cosine_torchs() -> None:
    a, b = torch.randn(2, E)
    printed = sum(a * b) / (math.sqrt(sum(a**2)) * math.sqrt(sum(b**2)))
    torch.testing.assert_close(printed, F.cosine_similarity(a, b, dim=0), **EXACT)


@pytest.mark.equation("11.16")
def test_is_the_answer_the_one_that_trying_every_word_finds() -> None:
    vectors = torch.randn(30, E)
    for a, b, c in itertools.permutations(range(4), 3):
        hat = [row / row.norm() for row in vectors]
        goal = hat[b] - hat[a] + hat[c]
        rest = [w for w in range(30) if w not in (a, b, c)]
        d = max(rest, key=lambda w: float(F.cosine_similarity(vectors[w], goal, dim=0)))
        assert int(embeddings.analogy(vectors, a, b, c, 1)[0]) == d


@pytest.mark.equation("11.17", "11.18")
def test_do_vectors_whose_scores_are_sums_answer_analogies_exactly() -> None:
    """Solve for the vectors by least squares, from scores of a lemma plus scores of a form."""
    alpha, beta = torch.randn(V, 3), torch.randn(V, 2)  # by context word
    u = torch.linalg.qr(torch.cat([alpha, beta], 1))[0]  # (V, 5) spans all of R^5
    v = {}
    for lemma, form in itertools.product(range(3), range(2)):
        s = alpha[:, lemma] + beta[:, form]  # as printed
        v[lemma, form] = torch.linalg.lstsq(u, s[:, None]).solution[:, 0]
        torch.testing.assert_close(u @ v[lemma, form], s, rtol=0, atol=1e-10)
    a, b, c, d = v[0, 0], v[0, 1], v[2, 0], v[2, 1]
    torch.testing.assert_close(u @ (b - a + c - d), torch.zeros(V), rtol=0, atol=1e-10)
    torch.testing.assert_close(d, b - a + c, rtol=0, atol=1e-10)
    assert (u @ (b - a + c - v[1, 1])).abs().max() > 1e-3  # and no other word does


def classifier(readout: str, two: bool = False) -> tc.TextClassifier:
    return tc.TextClassifier(V, E, H, K, readout=readout, bidirectional=two).double()


@pytest.mark.equation("11.19")
def test_is_the_classifier_a_layer_a_readout_and_a_head_of_torch() -> None:
    model, tokens = classifier("mean"), torch.randint(1, V, (2, T))
    layer = nn.GRU(E, H, batch_first=True)
    layer.load_state_dict(model.recurrent.state_dict())
    h, _ = layer(F.embedding(tokens, model.embedding.weight))
    y = F.linear(h.mean(1), model.head.weight, model.head.bias)
    torch.testing.assert_close(model(tokens, torch.full((2,), T)), y, **EXACT)


@pytest.mark.equation("11.20", "11.21")
def test_are_the_pools_torchs_own_pooling_layers() -> None:
    h, all_real = torch.randn(2, T, H), torch.ones(2, T, dtype=torch.bool)
    mean = torch.stack([sum(h[b, t] for t in range(T)) / T for b in range(2)])
    top = torch.tensor(
        [[max(h[b, t, i].item() for t in range(T)) for i in range(H)] for b in (0, 1)]
    )
    torch.testing.assert_close(mean, F.adaptive_avg_pool1d(h.mT, 1)[..., 0], **EXACT)
    torch.testing.assert_close(top, F.adaptive_max_pool1d(h.mT, 1)[..., 0], **EXACT)
    torch.testing.assert_close(tc.mean_readout(h, all_real), mean, **EXACT)
    torch.testing.assert_close(tc.max_readout(h, all_real), top, **EXACT)


@pytest.mark.equation("11.22")
def test_is_the_last_state_of_both_directions_torchs_final_state() -> None:
    layer = nn.GRU(E, H, batch_first=True, bidirectional=True)
    h, final = layer(torch.randn(2, T, E))
    printed = torch.cat([h[:, T - 1, :H], h[:, 0, H:]], dim=1)
    torch.testing.assert_close(printed, torch.cat([final[0], final[1]], dim=1), **EXACT)
    mask = torch.ones(2, T, dtype=torch.bool)
    torch.testing.assert_close(tc.last_readout(h, mask, bidirectional=True), printed, **EXACT)


@pytest.mark.equation("11.23")
def test_is_the_attention_readout_torchs_attention_with_the_scores_as_a_bias() -> None:
    reader, h = tc.AttentionReadout(H), torch.randn(1, T, H)
    W, b, v = reader.inner.weight, reader.inner.bias, reader.outer.weight[0]
    e = torch.stack([v @ torch.tanh(W @ h[0, t] + b) for t in range(T)])
    alpha = torch.exp(e) / sum(torch.exp(e[s]) for s in range(T))
    r = sum(alpha[t] * h[0, t] for t in range(T))
    expected = F.scaled_dot_product_attention(
        torch.zeros(1, 1, 2), torch.zeros(1, T, 2), h, attn_mask=e[None, None]
    )
    torch.testing.assert_close(r, expected[0, 0], **EXACT)
    read, weights = reader(h, torch.ones(1, T, dtype=torch.bool))
    torch.testing.assert_close((read[0], weights[0]), (r, alpha), **EXACT)


@pytest.mark.equation("11.24")
def test_are_the_jacobians_of_mean_maximum_and_last_autograds() -> None:
    h, real = torch.randn(T, H), torch.ones(1, T, dtype=torch.bool)
    J = {
        read: torch.autograd.functional.jacobian(lambda h, f=read: f(h[None], real)[0], h)
        for read in (tc.mean_readout, tc.max_readout, tc.last_readout)
    }
    best = [max(range(T), key=lambda s: float(h[s, i])) for i in range(H)]
    for t in range(T):
        torch.testing.assert_close(J[tc.mean_readout][:, t], torch.eye(H) / T, **EXACT)
        chosen = torch.diag(torch.tensor([float(t == best[i]) for i in range(H)]))
        torch.testing.assert_close(J[tc.max_readout][:, t], chosen, **EXACT)
        torch.testing.assert_close(J[tc.last_readout][:, t], float(t == T - 1) * torch.eye(H))


@pytest.mark.equation("11.25")
def test_is_the_jacobian_of_attention_autograds() -> None:
    reader, h, real = tc.AttentionReadout(H), torch.randn(T, H), torch.ones(1, T) > 0
    J = torch.autograd.functional.jacobian(lambda h: reader(h[None], real)[0][0], h)  # (H, T, H)
    r, alpha = (part[0].detach() for part in reader(h[None], real))
    for t in range(T):
        slope = torch.autograd.functional.jacobian(
            lambda x: reader.outer(torch.tanh(reader.inner(x)))[0], h[t]
        )  # de_t / dh_t
        printed = alpha[t] * (torch.eye(H) + torch.outer(h[t] - r, slope))
        torch.testing.assert_close(J[:, t], printed, **EXACT)


@pytest.mark.equation("11.26")
def test_is_each_masked_readout_that_of_the_text_cut_to_its_length() -> None:
    h, reader = torch.randn(1, T, H), tc.AttentionReadout(H)
    for real in range(1, T + 1):
        m = (torch.arange(T) < real).double()
        cut, whole = h[:, :real], torch.ones(1, real, dtype=torch.bool)
        mean = sum(m[t] * h[0, t] for t in range(T)) / sum(m)
        torch.testing.assert_close(mean, cut.mean(1)[0], **EXACT)
        top = torch.stack([h[0, t] for t in range(T) if m[t] == 1]).amax(0)
        torch.testing.assert_close(top, cut.amax(1)[0], **EXACT)
        last = h[0, max(t for t in range(T) if m[t] == 1)]
        torch.testing.assert_close(last, cut[0, -1], **EXACT)
        e = reader.outer(torch.tanh(reader.inner(h[0])))[:, 0]
        alpha = m * torch.exp(e) / sum(m[s] * torch.exp(e[s]) for s in range(T))
        torch.testing.assert_close(alpha[:real], reader(cut, whole)[1][0], **EXACT)
        found = [tc.mean_readout, tc.max_readout, tc.last_readout, lambda h, m: reader(h, m)[0]]
        for read, expected in zip(found, (mean, top, last, alpha @ h[0]), strict=True):
            torch.testing.assert_close(read(h, m[None] > 0)[0], expected, **EXACT)


@pytest.mark.equation("11.27")
def test_is_the_forgotten_mask_a_mixture_of_text_and_padding() -> None:
    h = torch.randn(1, T, H)
    for real in range(1, T):
        r = tc.mean_readout(h, torch.arange(T)[None] < real)[0]
        padding = h[0, real:].mean(0)
        printed = real / T * r + (1 - real / T) * padding
        torch.testing.assert_close(F.adaptive_avg_pool1d(h.mT, 1)[0, :, 0], printed, **EXACT)


@pytest.mark.equation("11.28")
def test_does_fine_tuning_begin_with_the_tables_and_states_of_the_language_model() -> None:
    model = language_model.LanguageModel(V, E, H, "gru").double()
    tokens = torch.randint(1, V, (2, T))
    first, second = (tc.from_language_model(model, K) for _ in range(2))
    assert torch.equal(first.embedding.weight, model.embedding.weight)
    for new, old in zip(first.recurrent.layers, model.layers, strict=True):
        x = model.embedding(tokens)
        torch.testing.assert_close(new(x)[0], old(x)[0], **EXACT)
    assert not torch.equal(first.head.weight, second.head.weight)  # drawn
    assert not torch.equal(first.head.bias, second.head.bias)


@pytest.mark.equation("11.29")
def test_are_the_two_prices_the_entropies_of_the_planted_chain() -> None:
    """Sum over all sixty words, with the dialect known and with both as likely."""
    after = {}
    for dialect in (0, 1):
        group = np.full(5, 0.1 / 5)
        group[(1 + dialect) % 5] += 0.9
        after[dialect] = np.repeat(group / 12, 12)
    known, mixed = after[0], (after[0] + after[1]) / 2
    printed = (
        math.log(12) - 0.92 * math.log(0.92) - 4 * 0.02 * math.log(0.02),
        math.log(12) - 2 * 0.47 * math.log(0.47) - 3 * 0.02 * math.log(0.02),
    )
    for p, value, rounded in zip((known, mixed), printed, (2.87, 3.43), strict=True):
        assert abs(p.sum() - 1) < 1e-12
        assert abs(-(p * np.log(p)).sum() - value) < 1e-12
        assert abs(value - rounded) < 0.006


@pytest.mark.equation("11.30")
def test_do_the_first_steps_of_the_groups_shrink_as_printed() -> None:
    """Adam moves a number by its rate in the first step, whatever the gradient."""
    model = tc.from_language_model(language_model.LanguageModel(V, E, H, "gru").double(), K)
    groups = tc.unfreeze(model, 3, rate=0.01)
    optimizer = torch.optim.Adam(groups, eps=1e-30)
    before = [[w.detach().clone() for w in group["params"]] for group in groups]
    model(torch.arange(1, V)[None], torch.tensor([V - 1])).square().sum().backward()
    optimizer.step()
    for g, (group, old) in enumerate(zip(groups, before, strict=True)):
        new = [w.detach() for w in group["params"]]
        moved = max(float((w - o).abs().max()) for w, o in zip(new, old, strict=True))
        assert abs(moved - 0.01 / 2.6**g) < 1e-12


@pytest.mark.equation("11.31")
def test_is_the_bag_what_scikit_learn_counts() -> None:
    texts = ["banana", "ana ban", "nab"]
    pieces = CountVectorizer(analyzer="char", ngram_range=(1, 2))
    found = pieces.fit_transform(texts).toarray()
    listed = pieces.get_feature_names_out()
    for x, row in zip(texts, found, strict=True):
        phi = [sum(x[i : i + len(g)] == g for i in range(len(x))) for g in listed]
        assert phi == row.tolist()
    W, b = torch.randn(K, len(listed)), torch.randn(K)
    one_by_one = [
        sum(
            W[:, i]
            for g in (1, 2)
            for j in range(len(x) - g + 1)
            for i in range(len(listed))
            if listed[i] == x[j : j + g]
        )
        + b
        for x in texts
    ]
    torch.testing.assert_close(
        torch.tensor(found).double() @ W.T + b, torch.stack(one_by_one), **EXACT
    )


@pytest.mark.equation("11.32")
def test_is_a_mean_of_embeddings_the_same_in_every_order() -> None:
    table, x = torch.randn(V, E), torch.randint(V, (5,))
    whole = F.embedding_bag(x[None], table, mode="mean")[0]
    for pi in itertools.permutations(range(5)):
        torch.testing.assert_close(sum(table[x[t]] for t in pi) / 5, whole, **EXACT)
