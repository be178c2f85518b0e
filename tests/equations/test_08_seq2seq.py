"""Does each display of chapter 8, evaluated as it is printed, hold?"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
import sacrebleu
import torch
from torch import Tensor, nn

from rnn_utils import decoding, metrics, rnn, seq2seq, sequences

EXACT = {"rtol": 0, "atol": 1e-12}
V, E, H = 7, 4, 5  # 0 is padding, the last two are start and end
START, END = V - 2, V - 1


@pytest.fixture(params=[0, 1, 2])
def model(request: pytest.FixtureRequest) -> seq2seq.Seq2Seq:
    torch.manual_seed(request.param)
    encoder = seq2seq.Encoder(V, E, H, cell="lstm")
    return seq2seq.Seq2Seq(encoder, seq2seq.Decoder(V, E, H, cell="lstm")).double()


@pytest.fixture
def batch() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Sources (B, T), their lengths, targets (B, U + 1), their lengths with the end symbol."""
    rng = torch.Generator().manual_seed(0)
    counts, target_counts = torch.tensor([3, 6, 1, 4]), torch.tensor([5, 2, 4, 1])
    source = torch.randint(1, START, (4, 6), generator=rng) * sequences.mask(counts, 6)
    target = torch.randint(1, START, (4, 5), generator=rng) * sequences.mask(target_counts, 5)
    target[torch.arange(4), target_counts - 1] = END
    return source, counts, target, target_counts


def lstm(x: Tensor, h: Tensor, c: Tensor, layer: nn.LSTM) -> tuple[Tensor, Tensor]:
    """One step of an LSTM from its equations, in torch's order i, f, g, o."""
    gates = layer.weight_ih_l0 @ x + layer.bias_ih_l0 + layer.weight_hh_l0 @ h + layer.bias_hh_l0
    i, f, g, o = gates.chunk(4)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def conditional(model: seq2seq.Seq2Seq, source: Tensor, before: tuple[int, ...]) -> Tensor:
    """P(. | before, x) for one source, from one forward pass."""
    inputs = torch.tensor([[START, *before]])
    return model(source[None], inputs)[0, -1].softmax(-1).detach()


@pytest.mark.equation("8.1", "8.2")
@pytest.mark.parametrize(("size", "T"), [(2, 4), (2, 5), (3, 4), (3, 3)])
def test_can_no_causal_reader_beat_the_bound(size: int, T: int) -> None:
    strings = list(itertools.product(range(size), repeat=T))
    for t in range(1, T + 1):
        # the best answer to each beginning is the most frequent truth; counted over all strings
        truths: dict[tuple[int, ...], Counter[int]] = {}
        for string in strings:
            truths.setdefault(string[:t], Counter())[string[T - t]] += 1  # x_{T + 1 - t}
        best = sum(max(counts.values()) for counts in truths.values()) / len(strings)
        a_t = 1 / size if t < T + 1 - t else 1.0
        assert best == pytest.approx(a_t, abs=1e-12)

    @cache
    def win(heard: tuple[int, ...], said: tuple[int, ...]) -> int:
        """How many strings that begin so come out right under the best play from here on."""
        if len(heard) == T:
            return int(all(said[t] == heard[T - 1 - t] for t in range(T)))
        total = 0
        for letter in range(size):
            longer = (*heard, letter)
            total += max(win(longer, (*said, answer)) for answer in range(size))
        return total

    assert win((), ()) / len(strings) == pytest.approx(size ** -(T // 2), abs=1e-12)


@pytest.mark.equation("8.3", "8.4", "8.5")
def test_are_encoder_decoder_and_head_as_printed(
    model: seq2seq.Seq2Seq, batch: tuple[Tensor, Tensor, Tensor, Tensor]
) -> None:
    source, counts, target, target_counts = batch
    logits = model(source, seq2seq.shift(target, START), counts)
    assert isinstance(model.encoder.layer, nn.LSTM)
    assert isinstance(model.decoder.layer, nn.LSTM)
    for b in range(len(source)):
        h = c = torch.zeros(H, dtype=torch.float64)
        for t in range(int(counts[b])):
            h, c = lstm(model.encoder.embedding.weight[source[b, t]], h, c, model.encoder.layer)
        s, d = h, c  # (s_0, d_0) = v = (h_T, c_T)
        last = START
        for u in range(int(target_counts[b])):
            s, d = lstm(model.decoder.embedding.weight[last], s, d, model.decoder.layer)
            scores = model.decoder.head.weight @ s + model.decoder.head.bias
            shares = scores.exp() / scores.exp().sum()
            torch.testing.assert_close(logits[b, u].softmax(-1), shares, **EXACT)
            last = int(target[b, u])


@pytest.mark.equation("8.6", "8.11")
def test_is_the_probability_a_product_and_its_logarithm_a_sum(model: seq2seq.Seq2Seq) -> None:
    source, answer = torch.tensor([1, 3, 2]), (2, 4, 1)
    ended = (*answer, END)
    chances = [conditional(model, source, ended[:u])[ended[u]] for u in range(len(ended))]
    product = math.prod(float(chance) for chance in chances)
    # the package's search walks the same steps
    found = decoding.exhaustive(model.step, model.encode(source[None]), START, END, 4)[0]
    by_search = next(h for h in found if h.tokens == answer)
    assert by_search.log_probability == pytest.approx(math.log(product), abs=1e-12)
    target = torch.tensor([ended])
    logits = model(source[None], seq2seq.shift(target, START)).detach()
    each = nn.functional.cross_entropy(logits[0], target[0], reduction="none")
    for loss, chance in zip(each, chances, strict=True):
        torch.testing.assert_close(loss, -chance.log(), **EXACT)
    assert -math.log(product) == pytest.approx(float(each.sum()), abs=1e-12)


def rest(model: seq2seq.Seq2Seq, source: Tensor, n: int) -> float:
    """R_n as printed: the sum over all y_1 .. y_n without an end of the product of the steps."""
    total = 0.0
    for letters in itertools.product([k for k in range(V) if k != END], repeat=n):
        total += math.prod(
            float(conditional(model, source, letters[:u])[letters[u]]) for u in range(n)
        )
    return total


@pytest.mark.equation("8.7", "8.8")
def test_do_the_probabilities_of_all_answers_and_the_rest_add_up_to_one(
    model: seq2seq.Seq2Seq,
) -> None:
    source, n = torch.tensor([1, 3, 2]), 2
    R = [rest(model, source, u) for u in range(n + 2)]
    assert R[0] == 1.0
    answers = 0.0
    for U in range(n + 1):
        for letters in itertools.product([k for k in range(V) if k != END], repeat=U):
            ended = (*letters, END)
            answers += math.prod(
                float(conditional(model, source, ended[:u])[ended[u]]) for u in range(U + 1)
            )
    assert answers == pytest.approx(sum(R[u - 1] - R[u] for u in range(1, n + 2)), abs=1e-12)
    assert answers == pytest.approx(1 - R[n + 1], abs=1e-12)


@pytest.mark.equation("8.9")
def test_does_the_rest_vanish_at_least_as_fast_as_the_bound(model: seq2seq.Seq2Seq) -> None:
    source = torch.tensor([1, 3, 2])
    weight, bias = (part.detach() for part in model.decoder.head.parameters())
    m = float((weight.abs().sum(1) + bias.abs()).max())
    epsilon = math.exp(-2 * m) / V
    for n in range(4):
        assert rest(model, source, n) <= (1 - epsilon) ** n
    for before in [(), (1,), (4, 2, 2)]:
        assert float(conditional(model, source, before).min()) >= epsilon
    # and the bound on a softmax is reached: all logits at -m or m, as far apart as can be
    worst = torch.full((V,), m).index_fill(0, torch.tensor([0]), -m).softmax(0)[0]
    assert float(worst) >= epsilon


@pytest.mark.equation("8.10")
def test_is_there_one_distribution_for_each_length_without_an_end() -> None:
    rng = np.random.default_rng(0)
    N, size = 4, 3
    table: dict[tuple[int, ...], np.ndarray] = {}
    total = 0.0
    for n in range(1, N + 1):
        for answer in itertools.product(range(size), repeat=n):
            product = 1.0
            for u in range(n):
                shares = table.setdefault(answer[:u], rng.dirichlet(np.ones(size)))
                product *= shares[answer[u]]
            total += product
    assert total == pytest.approx(N, abs=1e-12)


@pytest.fixture
def losses(
    model: seq2seq.Seq2Seq, batch: tuple[Tensor, Tensor, Tensor, Tensor]
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Logits, targets, the mask and the loss of every position."""
    source, counts, target, target_counts = batch
    logits = model(source, seq2seq.shift(target, START), counts).detach().requires_grad_()
    each = torch.zeros(target.shape, dtype=torch.float64)
    for b, u in itertools.product(*map(range, target.shape)):
        each[b, u] = -logits[b, u].log_softmax(-1)[target[b, u]]
    return logits, target, sequences.mask(target_counts, target.shape[1]), each


@pytest.mark.equation("8.12", "8.13")
def test_is_the_masked_loss_a_mean_and_the_forgotten_mask_a_mixture(
    losses: tuple[Tensor, Tensor, Tensor, Tensor],
) -> None:
    logits, target, real, each = losses
    m = real.double()
    symbol = (m * each).sum() / m.sum()
    torch.testing.assert_close(seq2seq.masked_cross_entropy(logits, target, real), symbol, **EXACT)
    ignored = nn.functional.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=0)
    torch.testing.assert_close(ignored, symbol, **EXACT)
    everything = nn.functional.cross_entropy(logits.flatten(0, 1), target.flatten())
    padding = each[~real].mean()
    rho = m.mean()
    torch.testing.assert_close(rho * symbol + (1 - rho) * padding, everything, **EXACT)


@pytest.mark.equation("8.14", "8.15")
def test_how_do_the_three_means_weigh_a_symbol(
    losses: tuple[Tensor, Tensor, Tensor, Tensor],
) -> None:
    logits, _, real, each = losses
    m, B = real.double(), len(each)
    symbol = (m * each).sum() / m.sum()
    answer = (m * each).sum() / B
    # against the negative logarithms of whole answers, one by one
    whole = [
        float(each[b, : int(real[b].sum())].sum().detach()) for b in range(B)
    ]  # -log P(y | x), equation (8.11)
    assert float(answer.detach()) == pytest.approx(sum(whole) / B, abs=1e-12)
    torch.testing.assert_close(answer, m.sum() / B * symbol, **EXACT)
    ones = real.sum(1)  # U_b + 1
    mean = ((m * each).sum(1) / ones).sum() / B
    by_answer = sum(w / int(n) for w, n in zip(whole, ones, strict=True)) / B
    assert float(mean.detach()) == pytest.approx(by_answer, abs=1e-12)
    # the weight of a symbol, from the gradient by its loss
    grads = [torch.autograd.grad(loss, logits, retain_graph=True)[0] for loss in (symbol, mean)]
    for b in range(B):
        ratio = grads[1][b, 0] / grads[0][b, 0]
        expected = (m.sum() / (B * ones[b])).expand(V)
        torch.testing.assert_close(ratio, expected, rtol=1e-9, atol=0)


@pytest.mark.equation("8.16")
@pytest.mark.parametrize(("reads", "writes", "size", "hidden"), [(9, 4, 3, 5), (30, 13, 24, 16)])
def test_is_the_number_of_parameters_as_printed(
    reads: int, writes: int, size: int, hidden: int
) -> None:
    pair = seq2seq.Seq2Seq(
        seq2seq.Encoder(reads, size, hidden, cell="lstm"),
        seq2seq.Decoder(writes, size, hidden, cell="lstm"),
    )
    both = 2 * 4 * hidden * (size + hidden + 2)
    N = reads * size + writes * size + both + writes * (hidden + 1)
    assert rnn.count_parameters(pair) == N


def runs_free(model: seq2seq.Seq2Seq, source: Tensor, steps: int) -> Iterator[tuple[Tensor, int]]:
    """P(. | own symbols so far) at each step, and the symbol of (8.17), each from scratch."""
    written: tuple[int, ...] = ()
    for _ in range(steps):
        shares = conditional(model, source, written)
        written = (*written, int(shares.argmax()))
        yield shares, written[-1]


@pytest.mark.equation("8.17", "8.18")
def test_does_the_free_loss_read_its_own_likeliest_symbols(
    model: seq2seq.Seq2Seq, batch: tuple[Tensor, Tensor, Tensor, Tensor]
) -> None:
    source, counts, target, target_counts = batch
    total, symbols = 0.0, 0
    for b in range(len(source)):
        truth = target[b, : int(target_counts[b])]
        steps = runs_free(model, source[b, : int(counts[b])], len(truth))
        for (shares, _), true in zip(steps, truth.tolist(), strict=True):
            total -= math.log(float(shares[true]))
            symbols += 1
        (greedy,) = decoding.greedy(
            model.step, model.encode(source[b : b + 1], counts[b : b + 1]), START, END, 5
        )
        own = [symbol for _, symbol in runs_free(model, source[b, : int(counts[b])], 5)]
        assert own[: greedy.length] == [*greedy.tokens, *[END] * greedy.finished]
    logits = model(source, seq2seq.shift(target, START), counts, forcing=0.0)
    free = seq2seq.masked_cross_entropy(logits, target, lengths=target_counts)
    assert float(free.detach()) == pytest.approx(total / symbols, abs=1e-12)


@pytest.mark.equation("8.19")
def test_is_a_free_answer_right_where_every_step_under_the_teacher_is(
    model: seq2seq.Seq2Seq,
) -> None:
    source = torch.tensor([[1, 3, 2]])
    (said,) = decoding.greedy(model.step, model.encode(source), START, END, 3)
    own = (*said.tokens, *[END] * said.finished)
    seen = set()
    for target in [own, *itertools.product(range(1, V), repeat=len(own))]:
        truth = torch.tensor([target])
        forced = model(source, seq2seq.shift(truth, START)).argmax(-1)[0].tolist()
        product = math.prod(int(a == b) for a, b in zip(forced, target, strict=True))
        assert product == int(tuple(target) == own)
        seen.add(product)
    assert seen == {0, 1}


@pytest.mark.equation("8.20")
def test_does_a_temperature_divide_the_logits() -> None:
    logits = torch.randn(6, generator=torch.Generator().manual_seed(0)).double()
    P = logits.softmax(0)
    for tau in (0.3, 1.0, 2.5):
        printed = P ** (1 / tau) / (P ** (1 / tau)).sum()
        torch.testing.assert_close(printed, (logits / tau).softmax(0), **EXACT)
        # and the package draws from it
        answers = decoding.sample(
            lambda tokens, state: (P.log().expand(len(tokens), 6), state),
            torch.zeros(20_000),
            0,
            end=5,
            max_length=1,
            temperature=tau,
            generator=torch.Generator().manual_seed(1),
        )
        drawn = Counter(h.tokens[0] if h.tokens else 5 for h in answers)
        for k in range(6):
            error = math.sqrt(float(printed[k] * (1 - printed[k])) / 20_000)
            assert abs(drawn[k] / 20_000 - float(printed[k])) < 5 * error
    cold = P ** (1 / 0.001) / (P ** (1 / 0.001)).sum()
    torch.testing.assert_close(cold, nn.functional.one_hot(P.argmax(), 6).double(), **EXACT)


TABLE = torch.tensor(
    [[0.3, 0.3, 0.4], [0.05, 0.05, 0.9], [0.0, 0.0, 1.0], [0.5, 0.4, 0.1]], dtype=torch.float64
)


def table_step(tokens: Tensor, state: object) -> tuple[Tensor, object]:
    return TABLE[tokens].log(), state


@pytest.mark.equation("8.21")
def test_does_greedy_search_miss_the_best_answer_of_the_table() -> None:
    (every,) = decoding.exhaustive(table_step, None, 3, 2, max_length=6)
    chance = {h.tokens: math.exp(h.log_probability) for h in every if h.finished}
    assert chance[(1,)] == pytest.approx(0.4 * 0.9, abs=1e-12)
    assert chance[(0,)] == pytest.approx(0.5 * 0.4, abs=1e-12)
    assert pytest.approx(0.36, abs=1e-12) == 0.4 * 0.9
    assert pytest.approx(0.20, abs=1e-12) == 0.5 * 0.4
    assert every[0].tokens == (1,)
    assert decoding.greedy(table_step, None, 3, 2, 6)[0].tokens == (0,)


@pytest.mark.equation("8.22")
@pytest.mark.parametrize("width", [1, 2, 3, 7])
def test_are_the_kept_beginnings_the_best_k_of_all_continuations(
    model: seq2seq.Seq2Seq, width: int
) -> None:
    source, steps = torch.tensor([[1, 3, 2]]), 3
    beams: list[list[tuple[int, ...]]] = [[()]]
    ended: dict[tuple[int, ...], float] = {}
    for _ in range(steps):
        scored = {}
        for beginning, k in itertools.product(beams[-1], range(V)):
            y = (*beginning, k)
            scored[y] = sum(
                math.log(float(conditional(model, source[0], y[:i])[y[i]])) for i in range(len(y))
            )
        best = sorted(scored, key=lambda y: -scored[y])[:width]
        ended |= {y[:-1]: scored[y] for y in best if y[-1] == END}
        beams.append([y for y in best if y[-1] != END])
    (found,) = decoding.beam_search(model.step, model.encode(source), START, END, width, steps)
    finished = {h.tokens: h.log_probability for h in found if h.finished}
    assert list(finished) == sorted(ended, key=lambda y: -ended[y])[:width]
    for tokens, log in finished.items():
        assert log == pytest.approx(ended[tokens], abs=1e-12)


@pytest.mark.equation("8.23", "8.24")
def test_is_the_score_a_log_probability_over_a_power_of_the_length() -> None:
    q = 0.7

    def steady(tokens: Tensor, place: Tensor) -> tuple[Tensor, Tensor]:
        """Write or end with q each, whichever the place wants; three letters, then the end."""
        going = q * (place < 3).double() + (1 - q) * (place >= 3).double()
        return torch.stack([going, 1 - going], 1).log(), place + 1

    (found,) = decoding.greedy(steady, torch.zeros(1), 0, 1, 10)
    U = len(found.tokens)
    assert U == 3
    assert found.log_probability == pytest.approx((U + 1) * math.log(q), abs=1e-12)
    for alpha in (0.0, 0.6, 1.0):
        (beam,) = decoding.beam_search(steady, torch.zeros(1), 0, 1, 4, 10, length_penalty=alpha)
        for h in beam:
            if h.finished:
                n = len(h.tokens) + 1
                printed = h.log_probability / ((5 + n) / 6) ** alpha
                assert h.score == pytest.approx(printed, abs=1e-12)
    assert decoding.length_score(-2.0, 7, 1.0) == pytest.approx(-2.0 / 2.0, abs=1e-12)


@pytest.mark.equation("8.25")
@pytest.mark.parametrize(("letters", "n"), [(1, 3), (2, 4), (3, 3), (4, 2)])
def test_how_many_ways_are_there_to_write(letters: int, n: int) -> None:
    end = letters
    counted = 0
    for length in range(1, n + 1):
        for y in itertools.product(range(letters + 1), repeat=length):
            ends = [place for place, k in enumerate(y) if k == end]
            counted += ends == [length - 1] or (not ends and length == n)
    assert counted == sum(letters**u for u in range(n)) + letters**n

    def even(tokens: Tensor, state: object) -> tuple[Tensor, object]:
        return torch.full((len(tokens), letters + 1), -math.log(letters + 1)).double(), state

    assert len(decoding.exhaustive(even, None, end, end, n)[0]) == counted


@pytest.mark.equation("8.26")
def test_is_exact_match_the_share_of_right_answers() -> None:
    said, true = ["a b", "a", "", "c c"], ["a b", "a a", "", "c  c"]
    printed = sum(int(s == t) for s, t in zip(said, true, strict=True)) / len(true)
    assert printed == 0.5
    assert metrics.exact_match(said, true) == pytest.approx(printed, abs=1e-12)


@pytest.mark.equation("8.27", "8.28", "8.29")
@pytest.mark.parametrize("seed", range(5))
def test_is_bleu_the_field_s_own(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truths = [list(rng.choice(list("abcd"), rng.integers(6, 15))) for _ in range(30)]
    answers = []
    for truth in truths:  # drop some words, change some
        kept = [w for w in truth if rng.random() < 0.9]
        answers.append([str(rng.choice(list("abcd"))) if rng.random() < 0.1 else w for w in kept])
    p = []
    for n in (1, 2, 3, 4):
        cut = said = 0
        for answer, truth in zip(answers, truths, strict=True):
            c_i, r_i = (
                Counter(tuple(words[k : k + n]) for k in range(len(words) - n + 1))
                for words in (answer, truth)
            )
            cut += sum(min(c_i[g], r_i[g]) for g in c_i)
            said += sum(c_i.values())
        p.append(cut / said)
    c, r = sum(map(len, answers)), sum(map(len, truths))
    assert c < r
    BP = min(1.0, math.exp(1 - r / c))
    printed = 100 * BP * math.prod(p) ** (1 / 4)
    judge = sacrebleu.corpus_bleu(
        [" ".join(a) for a in answers], [[" ".join(t) for t in truths]], tokenize="none"
    )
    assert judge.bp == pytest.approx(BP, abs=1e-12)
    np.testing.assert_allclose(judge.precisions, [100 * x for x in p], rtol=1e-12)
    assert judge.score == pytest.approx(printed, abs=1e-9)
    assert metrics.bleu(answers, [[t] for t in truths]) == pytest.approx(printed, abs=1e-9)
    # an answer longer than its reference is not punished for it
    longer = sacrebleu.corpus_bleu(["a b c d e f"], [["a b c d e"]], tokenize="none")
    assert longer.bp == min(1.0, math.exp(1 - 5 / 6)) == 1.0


@pytest.mark.equation("8.30")
@pytest.mark.parametrize(("letters", "T"), [(8, 4), (2, 6), (3, 5)])
def test_how_many_bits_does_a_random_string_carry(letters: int, T: int) -> None:
    share = 1 / len(list(itertools.product(range(letters), repeat=T)))
    entropy = -sum(share * math.log2(share) for _ in range(letters**T))
    assert entropy == pytest.approx(T * math.log2(letters), abs=1e-9)
