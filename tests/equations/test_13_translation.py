"""Does each display of chapter 13, evaluated as it is printed, hold?"""

from __future__ import annotations

import itertools
import math
import random
import statistics
from collections import Counter

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rnn_utils import decoding, metrics, sequences
from rnn_utils import translation as tr

EXACT = {"rtol": 0, "atol": 1e-12}
Words = dict[str, int]


def random_words(seed: int, letters: str = "abc", most: int = 6) -> Words:
    draw = random.Random(seed)
    words = ("".join(draw.choices(letters, k=draw.randint(1, most))) for _ in range(12))
    return {word: draw.randint(1, 9) for word in words}


def text_of(words: Words) -> list[str]:
    return [word for word, count in words.items() for _ in range(count)]


def places(pieces: list[str], pair: tuple[str, str]) -> int:
    """#_w(a, b): the places where b comes right after a."""
    return sum(found == pair for found in itertools.pairwise(pieces))


def joined(pieces: list[str], pair: tuple[str, str]) -> list[str]:
    """Join from left to right with a stack, which the package does not."""
    after: list[str] = []
    fresh = False  # whether the last piece was made in this round
    for piece in pieces:
        if after and not fresh and (after[-1], piece) == pair:
            after[-1] += piece
            fresh = True
        else:
            after.append(piece)
            fresh = False
    return after


def rounds(words: Words) -> list[tuple[tuple[str, str], int, int, int]]:
    """Replay the package's merges: each pair, its count, the places joined and the length."""
    bpe = tr.BPE.learn(text_of(words), 40, min_count=1)
    cut = {word: list("▁" + word) for word in words}
    rows = []
    for pair in bpe.merges:
        count = sum(n * places(cut[word], pair) for word, n in words.items())
        before = sum(n * len(cut[word]) for word, n in words.items())
        cut = {word: joined(pieces, pair) for word, pieces in cut.items()}
        after = sum(n * len(cut[word]) for word, n in words.items())
        rows.append((pair, count, before - after, after))
    return rows


@pytest.mark.equation("13.1")
@pytest.mark.parametrize("seed", range(5))
def test_is_no_table_of_words_right_more_often(seed: int) -> None:
    draw = random.Random(seed)
    n = Counter(draw.choices("abcdef", k=5))
    y = [tuple(draw.choices("abcdef", k=draw.randint(1, 3))) for _ in range(40)]
    bound = sum(math.prod(n[w] > 0 for w in answer) for answer in y) / len(y)
    # the best answer that has known words only: the right one where it can be written
    vocabulary = sequences.Vocabulary.from_tokens(n)
    written = [tuple(vocabulary.decode(vocabulary.encode(answer))) for answer in y]
    assert metrics.exact_match(written, y) == pytest.approx(bound, abs=1e-12)
    worse = [answer[::-1] for answer in written]
    assert metrics.exact_match(worse, y) <= bound
    assert 0 < bound < 1


@pytest.mark.equation("13.2")
@pytest.mark.parametrize("seed", range(5))
def test_is_a_word_taken_out_missing_as_often_as_words_stand_once(seed: int) -> None:
    tokens = random.Random(seed).choices("abcdefghijklmno", k=20)
    n, N = Counter(tokens), len(tokens)
    left = sum(n[w] - 1 == 0 for w in tokens) / N
    once = sum(count == 1 for count in n.values()) / N
    out = sum(tokens[j] not in tokens[:j] + tokens[j + 1 :] for j in range(N)) / N
    assert left == once == out
    assert out > 0


def cuttings(word: str) -> list[tuple[str, ...]]:
    """All ways to cut a word."""
    found = []
    for cuts in itertools.product((False, True), repeat=len(word) - 1):
        ends = [0, *(i for i, cut in enumerate(cuts, start=1) if cut), len(word)]
        found.append(tuple(word[a:b] for a, b in itertools.pairwise(ends)))
    return found


@pytest.mark.equation("13.3", "13.4")
@pytest.mark.parametrize("n", range(1, 9))
def test_are_there_as_many_ways_to_cut_a_word(n: int) -> None:
    word = "abcdefgh"[:n]
    ways = set(cuttings(word))
    assert all("".join(s) == word and 1 <= len(s) <= n for s in ways)
    by_pieces = Counter(len(s) for s in ways)
    assert all(by_pieces[m] == math.comb(n - 1, m - 1) for m in range(1, n + 1))
    assert sum(math.comb(n - 1, m - 1) for m in range(1, n + 1)) == 2 ** (n - 1) == len(ways)


@pytest.mark.equation("13.5", "13.6")
@pytest.mark.parametrize("seed", range(8))
def test_is_each_merge_the_pair_that_is_counted_most(seed: int) -> None:
    words = random_words(seed)
    cut = {word: list("▁" + word) for word in words}
    merges = tr.BPE.learn(text_of(words), 15, min_count=1).merges
    assert merges
    for pair in merges:
        pairs = {p for pieces in cut.values() for p in itertools.pairwise(pieces)}
        n = {p: sum(words[w] * places(cut[w], p) for w in words) for p in pairs}
        assert n[pair] == max(n.values())
        # the count of (13.5) is that of the text written out, word by word
        whole = [p for word in text_of(words) for p in itertools.pairwise(cut[word])]
        assert n[pair] == Counter(whole)[pair]
        cut = {word: joined(pieces, pair) for word, pieces in cut.items()}


@pytest.mark.equation("13.7")
def test_does_a_merge_take_one_piece_per_place() -> None:
    overlaps = 0
    for seed in range(30):
        words = random_words(seed, letters="ab")
        L = sum(n * (len(word) + 1) for word, n in words.items())
        for (a, b), count, j, after in rounds(words):
            assert after == L - j
            assert j <= count
            assert a == b or j == count
            overlaps += j < count
            L = after
        bpe = tr.BPE.learn(text_of(words), 40, min_count=1)
        assert sum(len(bpe.encode(word)) for word in text_of(words)) == L
    assert overlaps  # the case that the sentence below the display is about


@pytest.mark.equation("13.8")
@pytest.mark.parametrize("letters", ["a", "ab", "abcde"])
def test_does_each_merge_add_one_piece(letters: str) -> None:
    for seed in range(30):
        words = random_words(seed, letters, 9)
        merges = [pair for pair, _, _, _ in rounds(words)]
        alphabet = set("".join(words)) | {"▁"}
        A, K = len(alphabet), len(merges)
        # all pieces that were ever there, from the merges alone
        V = len(alphabet | {left + right for left, right in merges})
        assert V == A + K == len(tr.BPE.learn(text_of(words), K, min_count=1))
        assert K


@pytest.mark.equation("13.9")
def test_do_the_counts_of_the_merges_never_rise() -> None:
    falls = 0
    for seed in range(60):
        for letters in ("a", "ab", "abcd"):
            counts = [count for _, count, _, _ in rounds(random_words(seed, letters))]
            assert all(a >= b for a, b in itertools.pairwise(counts))
            falls += sum(a > b for a, b in itertools.pairwise(counts))
    assert falls > 100


@pytest.mark.equation("13.10")
@pytest.mark.parametrize("seed", range(10))
def test_does_a_text_come_back(seed: int) -> None:
    draw = random.Random(seed)
    texts = ["".join(draw.choices("abc  ", k=30)) for _ in range(10)]
    bpe = tr.BPE.learn(texts, draw.randint(0, 30), min_count=1)
    for text in [*texts, "abc cab bac"]:
        x = " ".join(text.split())
        pieces = bpe.encode(x)
        # text(.): the pieces in a row, a space for each mark, but for the one in front
        assert "".join(pieces).replace("▁", " ")[1:] == x == bpe.decode(pieces)


@pytest.fixture
def cutters() -> tuple[tr.BPE, tr.BPE]:
    return tr.BPE.learn(["ab abc bca", "cab ab"], 4), tr.BPE.learn(["xy yx xyx", "xy"], 2)


@pytest.fixture(params=[0, 1])
def model(request: pytest.FixtureRequest, cutters: tuple[tr.BPE, tr.BPE]) -> tr.Translator:
    torch.manual_seed(request.param)
    return tr.Translator(*cutters, 5, 8).double().eval()


@pytest.mark.equation("13.11")
def test_is_the_memory_both_directions_side_by_side(model: tr.Translator) -> None:
    ids = model.source.ids("ab cab")
    layer, x = model.encoder.layer, model.encoder.embedding(ids)
    assert isinstance(layer, nn.GRU)
    H = model.encoder.features

    def read(suffix: str, steps: Tensor) -> list[Tensor]:
        cell = nn.GRUCell(5, H // 2).double()
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        cell.load_state_dict({name: getattr(layer, f"{name}_l0{suffix}") for name in names})
        h, found = torch.zeros(H // 2, dtype=torch.float64), []
        for step in steps:
            h = cell(step, h)
            found.append(h)
        return found

    forward, backward = read("", x), read("_reverse", x.flip(0))[::-1]
    memory, _ = model.encoder(ids[None])
    for t in range(len(ids)):
        torch.testing.assert_close(memory[0, t], torch.cat([forward[t], backward[t]]), **EXACT)


@pytest.mark.equation("13.12")
@pytest.mark.parametrize(("E", "H"), [(3, 4), (5, 8), (32, 96)])
def test_are_there_as_many_numbers_to_learn(cutters: tuple[tr.BPE, tr.BPE], E: int, H: int) -> None:
    V, W = (len(bpe.vocabulary) for bpe in cutters)
    N = V * E + 6 * H / 2 * (E + H / 2 + 2)
    N += W * E + 3 * H * (E + H + 2) + H**2 + 2 * H**2 + W * (H + 1)
    assert V != W
    assert sum(p.numel() for p in tr.Translator(*cutters, E, H).parameters()) == N


def probability(model: tr.Translator, source: str, pieces: list[str]) -> float:
    """P(pieces, end | source), step by step."""
    state = model.encode(model.source.ids(source)[None])
    last, product = model.start, 1.0
    for piece in model.target.vocabulary.encode([*pieces, tr.END]).tolist():
        logs, state = model.step(torch.tensor([last]), state)
        product *= float(logs[0, piece].exp())
        last = piece
    return product


@pytest.mark.equation("13.13")
@torch.no_grad()
def test_is_the_probability_of_a_text_a_sum_over_its_cuts(model: tr.Translator) -> None:
    y = "xyx y"
    marked = "▁" + y.replace(" ", "▁")
    known = set(model.target.pieces)
    ways = [list(s) for s in cuttings(marked) if set(s) <= known]
    one = probability(model, "ab c", model.target.encode(y))
    assert model.target.encode(y) in ways
    assert len(ways) > 2
    total = sum(probability(model, "ab c", s) for s in ways)
    # all sequences of pieces, not longer than the text has characters, that spell it
    symbols = [piece for piece in known if piece in marked]
    spelled = 0.0
    for m in range(1, len(marked) + 1):
        for s in itertools.product(symbols, repeat=m):
            if model.target.decode(s) == y and "".join(s) == marked:
                spelled += probability(model, "ab c", list(s))
    assert total == pytest.approx(spelled, rel=1e-12)
    assert total > one


@pytest.mark.equation("13.14")
@torch.no_grad()
def test_do_nats_per_character_not_depend_on_the_steps(model: tr.Translator) -> None:
    pairs = [("ab", "xyx y"), ("c ab", "yxxy")]
    U = sum(len(model.target.ids(y)) for _, y in pairs)
    C = sum(len(y) + 1 for _, y in pairs)
    batch = next(iter(tr.pair_batches(pairs, model.source, model.target, 2)))
    mean, count = tr.translation_loss()(model, batch)
    assert count == U != C
    nats = -sum(math.log(probability(model, x, model.target.encode(y))) for x, y in pairs)
    assert U / C * float(mean) == pytest.approx(nats / C, rel=1e-12)


@pytest.mark.equation("13.15")
@pytest.mark.parametrize("eps", [0.0, 0.1, 0.5])
def test_is_the_smoothed_loss_that_of_torch(eps: float) -> None:
    torch.manual_seed(0)
    logits = torch.randn(6, 7, dtype=torch.float64)
    y, P, V = torch.arange(6), logits.softmax(-1), 7
    for u in range(6):
        loss = -(1 - eps) * P[u, y[u]].log() - eps / V * sum(P[u, v].log() for v in range(V))
        theirs = nn.functional.cross_entropy(logits[u], y[u], label_smoothing=eps)
        torch.testing.assert_close(loss, theirs, **EXACT)


@pytest.mark.equation("13.16")
@pytest.mark.parametrize(("eps", "V"), [(0.1, 5), (0.3, 40)])
def test_is_this_the_least_smoothed_loss_and_where_it_is_reached(eps: float, V: int) -> None:
    a, b = 1 - eps + eps / V, eps / V
    least = -a * math.log(a) - (V - 1) * b * math.log(b)
    logits = torch.zeros(V, dtype=torch.float64, requires_grad=True)
    minimiser = torch.optim.LBFGS([logits], max_iter=500, tolerance_grad=1e-12,
                                  tolerance_change=0, line_search_fn="strong_wolfe")  # fmt: skip

    def loss() -> Tensor:
        minimiser.zero_grad()
        value = nn.functional.cross_entropy(logits, torch.tensor(2), label_smoothing=eps)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    minimiser.step(loss)  # type: ignore[arg-type]
    assert loss().item() == pytest.approx(least, abs=1e-9)
    expected = torch.full((V,), b, dtype=torch.float64)
    expected[2] = a
    torch.testing.assert_close(logits.detach().softmax(0), expected, rtol=0, atol=1e-6)


@pytest.mark.equation("13.17")
@pytest.mark.parametrize("seed", range(4))
def test_is_the_rest_of_the_rectangle_padding(cutters: tuple[tr.BPE, tr.BPE], seed: int) -> None:
    draw = random.Random(seed)
    pairs = [("ab", "".join(draw.choices("xy ", k=draw.randint(1, 12)))) for _ in range(9)]
    for batch in tr.pair_batches(pairs, *cutters, 4):
        n = batch.mask.sum(1).tolist()
        w = 1 - sum(n) / (len(n) * max(n))
        padded = (batch.targets == 0).double().mean().item()
        assert w == pytest.approx(padded, abs=1e-12)


@pytest.mark.equation("13.18")
@pytest.mark.parametrize("alpha", [0.0, 0.4, 1.0, 3.0])
def test_does_a_longer_answer_win_when_the_display_says_so(alpha: float) -> None:
    draw, won = random.Random(1), 0
    for _ in range(500):
        n = draw.randint(1, 20)
        longer = n + draw.randint(1, 20)
        log_p = -draw.uniform(0.1, 5)
        log_less = log_p - draw.uniform(0.01, 5)
        s = decoding.length_score(log_p, n, alpha)
        t = decoding.length_score(log_less, longer, alpha)
        assert (t > s) == (log_less / log_p < ((5 + longer) / (5 + n)) ** alpha)
        won += t > s
    assert won == 0 if alpha == 0 else 0 < won < 500


def random_corpus(seed: int) -> tuple[list[list[str]], list[list[str]]]:
    draw = random.Random(seed)
    said, true = [], []
    for _ in range(8):
        truth = draw.choices("abc", k=draw.randint(6, 14))
        guess = [w if draw.random() < 0.8 else draw.choice("abc") for w in truth]
        said.append(guess[: draw.randint(5, len(guess))])
        true.append(truth)
    return said, true


def grams(words: list[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


@pytest.mark.equation("13.19", "13.20")
@pytest.mark.parametrize("seed", range(6))
def test_is_the_logarithm_of_bleu_a_sum_of_five(seed: int) -> None:
    said, true = random_corpus(seed)
    log_p = 0.0
    for n in (1, 2, 3, 4):
        t = [grams(guess, n).total() for guess in said]
        found = [(grams(g, n) & grams(y, n)).total() for g, y in zip(said, true, strict=True)]
        p = [f / k for f, k in zip(found, t, strict=True)]
        log_p += math.log(sum(k * q for k, q in zip(t, p, strict=True)) / sum(t))
    c, r = sum(map(len, said)), sum(map(len, true))
    value = min(0, 1 - r / c) + log_p / 4
    bleu = metrics.bleu(said, [[y] for y in true])
    assert c < r
    assert value == pytest.approx(math.log(bleu / 100), abs=1e-12)


@pytest.mark.equation("13.21")
def test_does_the_spread_of_redrawn_scores_tell_the_standard_error() -> None:
    # for a mean the standard error is known: that of the sample over the root of its size
    draws = np.random.default_rng(0)
    sample, R = draws.normal(size=200), 4000
    b = np.array([sample[draws.integers(200, size=200)].mean() for _ in range(R)])
    se = math.sqrt(1 / (R - 1) * sum((value - b.mean()) ** 2 for value in b))
    assert se == pytest.approx(sample.std() / math.sqrt(200), rel=0.05)
    assert se == pytest.approx(statistics.stdev(b), rel=1e-12)


@pytest.mark.equation("13.22")
def test_are_all_pieces_right_with_a_power_of_the_chance_of_one() -> None:
    q = 0.7
    for n in range(1, 6):
        # every pattern of right and wrong pieces and its probability
        total = 0.0
        for pattern in itertools.product((True, False), repeat=n):
            chance = math.prod(q if ok else 1 - q for ok in pattern)
            total += chance * metrics.exact_match([pattern], [(True,) * n])
        assert q**n == pytest.approx(total, abs=1e-12)


@pytest.mark.equation("13.23", "13.24")
@pytest.mark.parametrize("seed", range(5))
def test_do_the_classes_of_rarity_make_up_the_whole(seed: int) -> None:
    said, true = random_corpus(seed)
    often = {"a": 0, "b": 3, "c": 50}
    rows = tr.by_rarity([" ".join(s) for s in said], [" ".join(t) for t in true], often, (0, 1, 10))
    C, R = [Counter(s) for s in said], [Counter(t) for t in true]
    rho, f = [], []
    for row, words in zip(rows, ("a", "b", "c"), strict=True):
        asked = sum(R[i][w] for i in range(len(true)) for w in words)
        hits = sum(min(C[i][w], R[i][w]) for i in range(len(true)) for w in words)
        assert row.count == asked
        assert row.score == pytest.approx(hits / asked, abs=1e-12)
        f.append(hits / asked)
        rho.append(asked / sum(map(len, true)))
    whole = sum((c & r).total() for c, r in zip(C, R, strict=True)) / sum(map(len, true))
    assert sum(a * b for a, b in zip(rho, f, strict=True)) == pytest.approx(whole, abs=1e-12)
    assert 0 < whole < 1
