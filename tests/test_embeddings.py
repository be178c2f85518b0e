"""Do word vectors learn from the pairs, the draws and the loss that the papers describe?"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rnn_utils import embeddings, training

EXACT = {"rtol": 0, "atol": 1e-12}
V, E, B, K = 7, 4, 5, 3


@pytest.fixture
def in_float64():
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def filled(kind: type[nn.Module]) -> nn.Module:
    """Return a model whose two tables are random, so that no term is 0."""
    model = kind(V, E)
    for table in (model.input, model.output):
        nn.init.normal_(table.weight)
    return model


def batch_of_pairs() -> tuple[Tensor, Tensor, Tensor]:
    return torch.randint(V, (B,)), torch.randint(V, (B,)), torch.randint(V, (B, K))


def sigma(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def rows(table: nn.Embedding) -> list[list[float]]:
    return table.weight.tolist()


def dot(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


# pairs and bags


def pairs_by_hand(texts: list[list[int]], window: int) -> list[tuple[int, int]]:
    return [
        (text[t], text[s])
        for text in texts
        for t in range(len(text))
        for s in range(len(text))
        if s != t and abs(s - t) <= window
    ]


@pytest.mark.parametrize("window", [1, 2, 3, 10])
@pytest.mark.parametrize("counts", [(6,), (3, 1, 5), (0, 4), (2, 0), (0,), (1,)])
def test_are_the_pairs_those_within_the_window(window: int, counts: tuple[int, ...]) -> None:
    texts = [torch.randint(9, (count,)) for count in counts]
    centres, contexts = embeddings.pairs(texts, window)
    found = list(zip(centres.tolist(), contexts.tolist(), strict=True))
    assert found == pairs_by_hand([text.tolist() for text in texts], window)


@pytest.mark.parametrize("window", [1, 2, 4])
@pytest.mark.parametrize("counts", [(6,), (3, 1, 5), (0, 4), (0,), (1,)])
def test_are_the_bags_the_words_within_the_window(window: int, counts: tuple[int, ...]) -> None:
    texts = [torch.randint(9, (count,)) for count in counts]
    contexts, mask, centres = embeddings.bags(texts, window)
    expected = []
    for text in texts:
        for t, centre in enumerate(text.tolist()):
            bag = [text[s].item() for s in range(len(text)) if s != t and abs(s - t) <= window]
            if bag:
                expected.append((bag, centre))
    assert contexts.shape == mask.shape == (len(expected), 2 * window)
    found = [row[real].tolist() for row, real in zip(contexts, mask, strict=True)]
    assert list(zip(found, centres.tolist(), strict=True)) == expected
    assert not contexts[~mask].any()


def test_is_one_text_the_same_as_a_list_of_one() -> None:
    ids = torch.randint(9, (12,))
    for make in (embeddings.pairs, embeddings.bags):
        for one, listed in zip(make(ids, 2), make([ids], 2), strict=True):
            assert torch.equal(one, listed)


@pytest.mark.parametrize("window", [2, 5])
def test_does_a_shrinking_window_draw_each_reach_alike(window: int) -> None:
    """Is a word at distance j seen with probability (R - j + 1) / R?"""
    generator = torch.Generator().manual_seed(0)
    ids = torch.arange(20_000)
    centres, contexts = embeddings.pairs(ids, window, shrink=True, generator=generator)
    distances = (centres - contexts).abs()
    for j in range(1, window + 1):
        share = (distances == j).sum().item() / (2 * len(ids))
        expected = (window - j + 1) / window
        error = math.sqrt(expected * (1 - expected) / len(ids))
        assert abs(share - expected) < 5 * error + 2 * window / len(ids)
    # a centre that sees distance j sees all nearer ones
    nearest = torch.zeros(len(ids), dtype=torch.long).index_add(0, centres, (distances == 1).long())
    assert set(nearest[1:-1].tolist()) == {2}


def test_does_a_generator_decide_the_reaches() -> None:
    ids = torch.arange(200)
    draws = [
        embeddings.bags(ids, 4, shrink=True, generator=torch.Generator().manual_seed(seed))[1]
        for seed in (0, 0, 1)
    ]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


# subsampling and noise


def test_is_subsampling_the_formula_of_the_paper() -> None:
    """Mikolov et al. (2013b): a word is discarded with probability 1 - sqrt(t / f)."""
    counts, t = [1000, 200, 7, 1, 0], 1e-2
    expected = []
    for count in counts:
        f = count / sum(counts)
        expected.append(1.0 if f <= t else 1 - (1 - math.sqrt(t / f)))
    found = embeddings.subsample(torch.tensor(counts), t)
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float64), **EXACT)
    assert found[0] < found[1] < 1
    assert found[2:].tolist() == [1, 1, 1]


def test_does_thinning_keep_the_shares_and_the_order() -> None:
    keep = torch.tensor([0.1, 0.5, 1.0, 0.0])
    ids = torch.arange(4).repeat(5000)
    found = embeddings.thin(ids, keep, torch.Generator().manual_seed(0))
    shares = torch.bincount(found, minlength=4) / 5000
    assert shares[2:].tolist() == [1, 0]
    assert (shares - keep).abs().max() < 5 * 0.5 / math.sqrt(5000)
    places = torch.arange(20_000)
    kept = embeddings.thin(places, torch.full((20_000,), 0.3))
    assert (kept.diff() > 0).all()


def test_does_thinning_take_several_texts() -> None:
    texts = [torch.tensor([0, 1, 0]), torch.tensor([1, 1]), torch.tensor([0])]
    found = embeddings.thin(texts, torch.tensor([0.0, 1.0]))
    assert [text.tolist() for text in found] == [[1], [1, 1], []]
    assert len(embeddings.pairs(found, 2)[0]) == 2


@pytest.mark.parametrize("power", [0.0, 0.5, 0.75, 1.0])
def test_is_the_noise_the_power_of_the_counts(power: float) -> None:
    counts = [9, 4, 1, 0]
    expected = np.array([9.0**power, 4.0**power, 1.0, 0.0])
    found = embeddings.noise(torch.tensor(counts), power)
    np.testing.assert_allclose(found.numpy(), expected / expected.sum(), atol=1e-15)


def test_do_the_draws_follow_the_noise() -> None:
    probabilities = torch.tensor([0.0, 0.6, 0.0, 0.3, 0.1, 0.0], dtype=torch.float64)
    draw = embeddings.NegativeSampling(
        probabilities, count=5, generator=torch.Generator().manual_seed(0)
    ).draw
    drawn = draw(20_000)
    assert drawn.shape == (20_000, 5)
    shares = torch.bincount(drawn.flatten(), minlength=6).double() / drawn.numel()
    assert (shares - probabilities).abs().max() < 5 * 0.5 / math.sqrt(drawn.numel())
    assert set(drawn.unique().tolist()) == {1, 3, 4}  # what has no chance is never drawn


def test_do_the_ends_of_the_interval_hit_a_word_with_a_chance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loss = embeddings.NegativeSampling(torch.tensor([0.0, 0.25, 0.0, 0.75, 0.0]), count=3)
    ends = torch.tensor([[0.0, 0.25, 1 - 2**-53]], dtype=torch.float64)
    monkeypatch.setattr(torch, "rand", lambda *_, **__: ends)
    assert loss.draw(1).tolist() == [[1, 3, 3]]


def test_are_shares_and_numbers_of_times_drawn_from_alike() -> None:
    numbers, drawn = torch.tensor([3, 0, 5, 1]), []
    for given in (numbers, numbers / numbers.sum(), embeddings.noise(numbers, 1.0)):
        loss = embeddings.NegativeSampling(given, 50, torch.Generator().manual_seed(1))
        drawn.append(loss.draw(200))
    assert torch.equal(drawn[0], drawn[1])
    assert torch.equal(drawn[0], drawn[2])
    assert set(drawn[0].flatten().tolist()) == {0, 2, 3}


@pytest.mark.parametrize("odd", [math.nan, math.inf, -1.0])
def test_are_numbers_of_times_finite_and_at_least_0(odd: float) -> None:
    counts = torch.tensor([1.0, odd, 2.0])
    for call in (embeddings.subsample, embeddings.noise):
        with pytest.raises(ValueError, match="counts: expected finite numbers of at least 0"):
            call(counts)
    with pytest.raises(ValueError, match="probabilities: expected finite numbers of at least 0"):
        embeddings.NegativeSampling(counts)


# the loss


@pytest.mark.usefixtures("in_float64")
def test_is_the_loss_of_skip_gram_the_explicit_sum() -> None:
    model = filled(embeddings.SkipGram)
    centres, targets, negatives = batch_of_pairs()
    v, u = rows(model.input), rows(model.output)
    positive, negative = model(centres, targets, negatives)
    assert positive.shape == (B,)
    assert negative.shape == (B, K)
    for b in range(B):
        c, o = int(centres[b]), int(targets[b])
        assert abs(positive[b].item() + math.log(sigma(dot(u[o], v[c])))) < 1e-12
        for k in range(K):
            n = int(negatives[b, k])
            assert abs(negative[b, k].item() + math.log(1 - sigma(dot(u[n], v[c])))) < 1e-12


def test_is_a_loss_that_is_sure_and_wrong_finite() -> None:
    """Does the loss grow like the score, where 1 - sigma has long been rounded to 0?"""
    model = embeddings.SkipGram(3, 1)
    with torch.no_grad():
        model.input.weight.fill_(10.0)
        model.output.weight[:, 0] = torch.tensor([-20.0, 20.0, 0.0])
    centres = torch.tensor([0])
    positive, negative = model(centres, torch.tensor([0]), torch.tensor([[1, 0]]))
    assert positive.tolist() == [200.0]  # s = -200
    assert negative.tolist() == [[200.0, 0.0]]  # s = 200, -200
    (positive + negative.sum(1)).sum().backward()
    assert model.output.weight.grad.flatten().tolist() == [-10.0, 10.0, 0.0]


@pytest.mark.usefixtures("in_float64")
def test_is_the_loss_of_cbow_the_explicit_sum() -> None:
    model = filled(embeddings.CBOW)
    contexts, targets = torch.randint(V, (B, 6)), torch.randint(V, (B,))
    mask = torch.rand(B, 6) < 0.5
    mask[:, 2] = True
    negatives = torch.randint(V, (B, K))
    v, u = rows(model.input), rows(model.output)
    positive, negative = model(contexts, mask, targets, negatives)
    for b in range(B):
        bag = [v[int(word)] for word, real in zip(contexts[b], mask[b], strict=True) if real]
        mean = [sum(column) / len(bag) for column in zip(*bag, strict=True)]
        assert abs(positive[b].item() + math.log(sigma(dot(u[int(targets[b])], mean)))) < 1e-12
        for k in range(K):
            score = dot(u[int(negatives[b, k])], mean)
            assert abs(negative[b, k].item() + math.log(1 - sigma(score))) < 1e-12


@pytest.mark.usefixtures("in_float64")
def test_is_the_gradient_of_skip_gram_the_formula() -> None:
    r"""dL/dv_c = (σ(s) - 1) u_o + Σ σ(s_k) u_k; dL/du_o = (σ(s) - 1) v_c; dL/du_k = σ(s_k) v_c."""
    model = filled(embeddings.SkipGram)
    centres, targets, negatives = batch_of_pairs()
    positive, negative = model(centres, targets, negatives)
    (positive.sum() + negative.sum()).backward()
    v, u = np.array(rows(model.input)), np.array(rows(model.output))
    gradient_v, gradient_u = np.zeros_like(v), np.zeros_like(u)
    for b in range(B):
        c, o = int(centres[b]), int(targets[b])
        gradient_v[c] += (sigma(u[o] @ v[c]) - 1) * u[o]
        gradient_u[o] += (sigma(u[o] @ v[c]) - 1) * v[c]
        for n in negatives[b].tolist():
            gradient_v[c] += sigma(u[n] @ v[c]) * u[n]
            gradient_u[n] += sigma(u[n] @ v[c]) * v[c]
    np.testing.assert_allclose(model.input.weight.grad.numpy(), gradient_v, atol=1e-12)
    np.testing.assert_allclose(model.output.weight.grad.numpy(), gradient_u, atol=1e-12)


@pytest.mark.usefixtures("in_float64")
def test_does_each_word_of_a_bag_get_its_share_of_the_gradient() -> None:
    model = filled(embeddings.CBOW)
    contexts, mask = torch.tensor([[1, 2, 3, 0]]), torch.tensor([[True, True, True, False]])
    positive, negative = model(contexts, mask, torch.tensor([4]), torch.tensor([[5, 6]]))
    (positive.sum() + negative.sum()).backward()
    v, u = np.array(rows(model.input)), np.array(rows(model.output))
    mean = v[1:4].mean(axis=0)
    whole = (sigma(u[4] @ mean) - 1) * u[4]
    whole = whole + sigma(u[5] @ mean) * u[5] + sigma(u[6] @ mean) * u[6]
    expected = np.zeros_like(v)
    expected[1:4] = whole / 3
    np.testing.assert_allclose(model.input.weight.grad.numpy(), expected, atol=1e-12)


@pytest.mark.usefixtures("in_float64")
def test_does_what_stands_outside_a_bag_never_matter() -> None:
    model = filled(embeddings.CBOW)
    with torch.no_grad():
        model.input.weight[0] = math.nan
    contexts, mask = torch.tensor([[1, 2, 0]]), torch.tensor([[True, True, False]])
    rest = torch.tensor([4]), torch.tensor([[5]])
    short = model(contexts[:, :2], mask[:, :2], *rest)
    long = model(contexts, mask, *rest)
    for a, b in zip(short, long, strict=True):
        torch.testing.assert_close(a, b, **EXACT)


@pytest.mark.usefixtures("in_float64")
def test_is_the_loss_for_fit_the_mean_of_the_sums() -> None:
    model = filled(embeddings.SkipGram)
    centres, targets, _ = batch_of_pairs()
    probabilities = embeddings.noise(torch.arange(1, V + 1))
    loss = embeddings.NegativeSampling(probabilities, K, torch.Generator().manual_seed(3))
    mean, count = loss(model, (centres, targets))
    twin = embeddings.NegativeSampling(probabilities, K, torch.Generator().manual_seed(3))
    positive, negative = model(centres, targets, twin.draw(B))
    assert count == B
    expected = (positive.sum() + negative.sum()) / B
    torch.testing.assert_close(mean, expected, **EXACT)


def test_does_a_new_model_know_nothing() -> None:
    """Are all scores 0, so that the loss is log 2 for each of the 1 + K decisions?"""
    model = embeddings.SkipGram(V, E)
    positive, negative = model(*batch_of_pairs())
    assert torch.allclose(positive, torch.tensor(math.log(2)))
    assert torch.allclose(negative, torch.tensor(math.log(2)))
    assert model.vectors.abs().max() <= 0.5 / E
    assert model.vectors.abs().max() > 0
    assert not model.vectors.requires_grad


@pytest.mark.usefixtures("in_float64")
def test_does_negative_sampling_learn_the_shifted_mutual_information() -> None:
    """Levy and Goldberg (2014b): with room for it, u·v becomes log P(o, c) / P(o) P_n(c) - log K.

    With E = V each pair of words has a score of its own. The mean loss over all pairs is
    minimised directly, with the expectation in place of draws.
    """
    joint = torch.rand(4, 4) + 0.2
    joint = joint / joint.sum()
    drawn = torch.tensor([0.1, 0.2, 0.3, 0.4])
    model = embeddings.SkipGram(4, 4)
    nn.init.normal_(model.input.weight)
    nn.init.normal_(model.output.weight)
    c, o = (part.flatten() for part in torch.meshgrid(*[torch.arange(4)] * 2, indexing="ij"))
    everything = torch.arange(4).expand(16, 4)
    optimizer = torch.optim.LBFGS(
        model.parameters(), max_iter=2000, tolerance_grad=1e-12, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        positive, negative = model(c, o, everything)
        # the expected sum over K = 3 draws
        loss = (joint.flatten() * (positive + 3 * (negative * drawn).sum(1))).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    scores = model.vectors @ model.output.weight.detach().T
    expected = torch.log(joint / (joint.sum(1, keepdim=True) * drawn)) - math.log(3)
    torch.testing.assert_close(scores, expected, rtol=0, atol=1e-4)


# neighbours and analogies


def cosine(a: list[float], b: list[float]) -> float:
    return dot(a, b) / math.sqrt(dot(a, a) * dot(b, b))


def test_are_the_neighbours_those_of_brute_force() -> None:
    vectors = torch.randn(30, 5, dtype=torch.float64)
    table = vectors.tolist()
    for query in range(30):
        others = [w for w in range(30) if w not in (query, 4)]
        others.sort(key=lambda w: -cosine(table[w], table[query]))
        ids, cosines = embeddings.neighbours(vectors, query, 6, exclude=[4])
        assert ids.tolist() == others[:6]
        expected = [cosine(table[w], table[query]) for w in others[:6]]
        np.testing.assert_allclose(cosines.numpy(), expected, atol=1e-12)


def test_may_a_vector_name_every_word() -> None:
    vectors = torch.randn(8, 3, dtype=torch.float64)
    ids, cosines = embeddings.neighbours(vectors, vectors[3] * 100, 8)
    assert ids[0] == 3
    assert abs(cosines[0].item() - 1) < 1e-12
    assert sorted(ids.tolist()) == list(range(8))
    assert embeddings.neighbours(vectors, torch.tensor(3), 7)[0].tolist() == ids[1:].tolist()


def test_is_the_answer_to_an_analogy_that_of_brute_force() -> None:
    vectors = torch.randn(20, 6, dtype=torch.float64) * torch.rand(20, 1, dtype=torch.float64) * 9
    unit = [[x / math.sqrt(dot(row, row)) for x in row] for row in vectors.tolist()]
    for a, b, c in itertools.islice(itertools.permutations(range(20), 3), 0, None, 97):
        query = [y - x + z for x, y, z in zip(unit[a], unit[b], unit[c], strict=True)]
        others = [w for w in range(20) if w not in (a, b, c)]
        others.sort(key=lambda w: -cosine(unit[w], query))
        ids, cosines = embeddings.analogy(vectors, a, b, c, 4)
        assert ids.tolist() == others[:4]
        np.testing.assert_allclose(cosines[0].item(), cosine(unit[others[0]], query), atol=1e-12)


def test_does_a_parallelogram_answer_its_analogy() -> None:
    """king - man + woman, with queen put where it belongs and c nearer than anything else."""
    man, woman = torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.8, 0.6, 0.0])
    king = torch.tensor([0.6, 0.0, 0.8])
    queen = king - man + woman
    vectors = torch.stack([man, woman, king, queen, -king, torch.tensor([0.0, -1.0, 0.0])])
    ids, cosines = embeddings.analogy(vectors, 0, 2, 1, 1)
    assert ids.tolist() == [3]
    assert abs(cosines.item() - 1) < 1e-6
    assert embeddings.analogy(vectors, 0, 2, 1, 1, exclude=[3])[0].tolist() != [3]


def test_is_the_cosine_with_nothing_0() -> None:
    vectors = torch.tensor([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0]])
    ids, cosines = embeddings.neighbours(vectors, 1, 2)
    assert ids.tolist() == [0, 2]
    assert cosines.tolist() == [0.0, -1.0]
    assert embeddings.neighbours(vectors, 0, 2)[1].tolist() == [0.0, 0.0]


# learning


def sentences(seed: int, count: int = 1500) -> tuple[Tensor, list[set[int]]]:
    """Return sentences "animal verb food" and the kinds: words of a kind never stand together.

    The words of a kind take each other's place: 0-3 with 4-5 and 6-9, 10-13 with 14-15 and 16-19.
    """
    generator = torch.Generator().manual_seed(seed)

    def draw(size: int) -> Tensor:
        return torch.randint(size, (count,), generator=generator)

    world = 10 * draw(2)
    words = [world + draw(4), world + 4 + draw(2), world + 6 + draw(4)]
    kinds = [range(4), range(4, 6), range(6, 10)]
    return torch.stack(words, dim=1), [{w + 10 * s for w in kind} for s in (0, 1) for kind in kinds]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", [embeddings.SkipGram, embeddings.CBOW])
def test_do_words_that_take_each_others_place_become_neighbours(
    kind: type[nn.Module], seed: int
) -> None:
    texts, kinds = sentences(seed)
    torch.manual_seed(seed)
    make = embeddings.pairs if kind is embeddings.SkipGram else embeddings.bags
    model = kind(20, 8)
    training.fit(
        model,
        make(list(texts), 2),
        loss=embeddings.NegativeSampling(embeddings.noise(torch.bincount(texts.flatten()))),
        optimizer=torch.optim.Adam(model.parameters(), lr=0.03),
        settings=training.Settings(epochs=4, batch_size=256, seed=seed, progress=False),
    )
    for planted in kinds:
        for word in planted:
            ids, _ = embeddings.neighbours(model.vectors, word, len(planted) - 1)
            assert set(ids.tolist()) == planted - {word}


def test_does_a_resumed_run_draw_the_same_negatives(tmp_path) -> None:
    texts, _ = sentences(0, count=60)
    probabilities = embeddings.noise(torch.bincount(texts.flatten(), minlength=20))

    def run(epochs: int, name: str) -> Tensor:
        torch.manual_seed(1)
        model = embeddings.SkipGram(20, 4)
        training.fit(
            model,
            embeddings.pairs(list(texts), 1),
            loss=embeddings.NegativeSampling(probabilities),
            optimizer=torch.optim.Adam(model.parameters()),
            settings=training.Settings(epochs=epochs, progress=False),
            checkpoint=tmp_path / name,
            resume=True,
        )
        return model.vectors

    whole = run(3, "whole")
    run(1, "cut")
    assert torch.equal(run(3, "cut"), whole)


# errors


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda e: e.SkipGram(0, 4), ValueError, "vocabulary: expected a number above 0, got 0"),
        (lambda e: e.CBOW(4, -1), ValueError, "features: expected a number above 0, got -1"),
        (lambda e: e.pairs(torch.arange(4), 0), ValueError, "window: expected a number above 0"),
        (lambda e: e.pairs([], 1), ValueError, "ids: expected at least one text, got none"),
        (lambda e: e.pairs(torch.zeros(3), 1), TypeError, "ids: expected a tensor of integers"),
        (lambda e: e.pairs([[1, 2]], 1), TypeError, "ids: expected a tensor of integers, got list"),
        (
            lambda e: e.bags(torch.zeros(2, 3, dtype=torch.long), 1),
            ValueError,
            r"ids: expected shape \(N,\), got \(2, 3\)",
        ),
        (lambda e: e.subsample(torch.tensor([0, 0])), ValueError, "not all of them 0"),
        (lambda e: e.subsample(torch.tensor([2, -1])), ValueError, "at least 0"),
        (lambda e: e.subsample(torch.tensor([2, 1]), 0), ValueError, "t: expected"),
        (lambda e: e.noise(torch.tensor([True, False])), TypeError, "counts: expected numbers"),
        (lambda e: e.noise(torch.tensor([2, 1]), -1), ValueError, "power: expected"),
        (lambda e: e.thin(torch.zeros(3), torch.ones(3)), TypeError, "ids: expected"),
        (lambda e: e.NegativeSampling(torch.zeros(3)), ValueError, "probabilities: expected"),
        (lambda e: e.NegativeSampling(torch.ones(3), 0), ValueError, "count: expected"),
        (lambda e: e.neighbours(torch.eye(3), 3, 1), ValueError, "query: expected a number in 0"),
        (lambda e: e.neighbours(torch.eye(3), 1, 3), ValueError, "k: expected at most the 2 words"),
        (lambda e: e.neighbours(torch.eye(3), 1, 0), ValueError, "k: expected a number above 0"),
        (
            lambda e: e.neighbours(torch.eye(3), torch.ones(2), 1),
            ValueError,
            r"query: expected shape \(E,\) with E = 3, got \(2,\)",
        ),
        (
            lambda e: e.neighbours(torch.eye(3), 1, 1, exclude=[7]),
            ValueError,
            "exclude: expected numbers in 0 .. V - 1 with V = 3, got 7",
        ),
        (lambda e: e.analogy(torch.eye(4), 0, 1, 4, 1), ValueError, "c: expected a number in 0"),
        (lambda e: e.analogy(torch.eye(4), 0, 1, 2, 2), ValueError, "k: expected at most the 1"),
        (
            lambda e: e.SkipGram(5, 2)(torch.arange(3), torch.arange(2), torch.ones(3, 1).long()),
            ValueError,
            r"targets: expected shape \(B,\) with B = 3, got \(2,\)",
        ),
        (
            lambda e: e.SkipGram(5, 2)(torch.arange(3), torch.arange(3), torch.arange(3)),
            ValueError,
            r"negatives: expected shape \(B, K\) with B = 3, got \(3,\)",
        ),
        (
            lambda e: e.CBOW(5, 2)(
                torch.ones(2, 3).long(),
                torch.tensor([[True, True, False], [False, False, False]]),
                torch.arange(2),
                torch.ones(2, 1).long(),
            ),
            ValueError,
            "mask: expected at least one word in each bag, got none in 1",
        ),
        (
            lambda e: e.CBOW(5, 2)(
                torch.ones(1, 3).long(), torch.ones(1, 3), torch.arange(1), torch.ones(1, 1).long()
            ),
            TypeError,
            "mask: expected booleans",
        ),
    ],
)
def test_does_an_error_name_the_argument(call, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        call(embeddings)
