"""Do sequences become the tensors that the chapter promises?"""

from __future__ import annotations

import copy
import pickle
from collections import Counter

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pad_sequence

from rnn_utils import datasets, metrics, sequences
from rnn_utils.sequences import NGram, Vocabulary

TEXT = "the theory of the thing is that the thing is the theory"


# Vocabulary


def test_does_a_text_come_back_from_its_numbers():
    """Is decode(encode(text)) the text, for characters and for words?"""
    characters = Vocabulary.from_tokens(TEXT)
    words = Vocabulary.from_tokens(TEXT.split())
    assert "".join(characters.decode(characters.encode(TEXT))) == TEXT
    assert words.decode(words.encode(TEXT.split())) == TEXT.split()


def test_are_frequent_symbols_numbered_first():
    """Are symbols ordered by frequency, equals by the alphabet, after padding and unknown?"""
    vocabulary = Vocabulary.from_tokens("bbaac")
    assert vocabulary.symbols == ("<pad>", "<unk>", "a", "b", "c")
    assert (vocabulary.padding_id, vocabulary.unknown_id, len(vocabulary)) == (0, 1, 5)


def test_does_the_order_of_the_text_change_the_numbers():
    """Are the numbers the same for any order of the same tokens?"""
    assert Vocabulary.from_tokens(TEXT) == Vocabulary.from_tokens(TEXT[::-1])


def test_are_rare_symbols_unknown():
    """Do min_count and size send the rare symbols to the unknown one?"""
    counted = Vocabulary.from_tokens("aaabbc", min_count=2)
    small = Vocabulary.from_tokens("aaabbc", size=4)
    assert counted.symbols == small.symbols == ("<pad>", "<unk>", "a", "b")
    assert counted.encode("abc").tolist() == [2, 3, 1]
    assert counted.decode(counted.encode("abc")) == ["a", "b", "<unk>"]


def test_does_a_text_that_holds_the_unknown_symbol_keep_one_number_for_it():
    """Is "<unk>" of a prepared text the vocabulary's own unknown symbol?"""
    vocabulary = Vocabulary.from_tokens(["the", "<unk>", "is", "the", "<unk>"])
    assert vocabulary.symbols.count("<unk>") == 1
    assert vocabulary.encode(["<unk>", "new"]).tolist() == [1, 1]


def test_is_padding_left_out_of_the_decoded_text():
    """Does decode drop padding?"""
    vocabulary = Vocabulary("ab")
    padded, _ = sequences.pad([vocabulary.encode("ab"), vocabulary.encode("b")])
    assert vocabulary.decode(padded[1]) == ["b"]


def test_is_an_unknown_symbol_an_error_where_there_is_no_number_for_it():
    """Does a closed vocabulary name the symbol that it lacks?"""
    closed = Vocabulary("ab", padding=None, unknown=None)
    assert (closed.padding_id, closed.unknown_id, closed.encode("ab").tolist()) == (
        None,
        None,
        [0, 1],
    )
    with pytest.raises(ValueError, match="got 'z'"):
        closed.encode("abz")


def test_is_a_vocabulary_frozen():
    """Can no attribute be set or deleted?"""
    vocabulary = Vocabulary("ab")
    with pytest.raises(AttributeError, match="cannot be changed"):
        vocabulary.symbols = ("a",)
    with pytest.raises(AttributeError, match="cannot be changed"):
        del vocabulary.symbols
    assert vocabulary.symbols == ("<pad>", "<unk>", "a", "b")


def test_does_a_vocabulary_survive_a_copy_and_a_file():
    """Are a pickled and a copied vocabulary equal to the first, and hashed alike?"""
    vocabulary = Vocabulary("ab", padding=None)
    for twin in (pickle.loads(pickle.dumps(vocabulary)), copy.deepcopy(vocabulary)):
        assert twin == vocabulary
        assert hash(twin) == hash(vocabulary)
        assert twin.encode("ba").tolist() == vocabulary.encode("ba").tolist()
    assert vocabulary != Vocabulary("ab")
    assert vocabulary != "ab"
    assert "a" in vocabulary
    assert "V=3" in repr(vocabulary)


# one_hot


@pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 0), ()])
def test_is_one_hot_that_of_torch(shape):
    """Are the rows torch's, for any shape?"""
    ids = torch.randint(0, 7, shape, generator=torch.Generator().manual_seed(0))
    ours = sequences.one_hot(ids, 7, torch.float64)
    theirs = torch.nn.functional.one_hot(ids, 7).double()
    torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_is_an_embedding_a_product_with_one_hot():
    """Does one-hot times the table pick the rows that torch's embedding picks?"""
    table = torch.nn.Embedding(7, 3, dtype=torch.float64)
    ids = torch.tensor([[1, 6, 1], [0, 2, 5]])
    product = sequences.one_hot(ids, 7, torch.float64) @ table.weight
    torch.testing.assert_close(product, table(ids), rtol=0, atol=1e-12)


# windows


@pytest.mark.parametrize("shape", [(20,), (20, 3), (20, 3, 2)])
@pytest.mark.parametrize(
    ("length", "horizon", "stride"), [(4, 1, 1), (5, 3, 2), (6, 0, 7), (19, 1, 3)]
)
def test_is_each_window_the_slice_that_it_should_be(shape, length, horizon, stride):
    """Does window n hold steps ns to ns + T, and its target what follows?"""
    values = torch.arange(float(np.prod(shape))).reshape(shape)
    inputs, targets = sequences.windows(values, length, horizon=horizon, stride=stride)
    starts = range(0, 20 - length - horizon + 1, stride)
    assert len(inputs) == len(targets) == len(starts)
    for n, start in enumerate(starts):
        torch.testing.assert_close(inputs[n], values[start : start + length], rtol=0, atol=0)
        after = values[start + length : start + length + horizon]
        torch.testing.assert_close(targets[n], after, rtol=0, atol=0)


def test_are_windows_views():
    """Do windows share the memory of the series, from NumPy too?"""
    values = np.arange(10.0)
    inputs, targets = sequences.windows(values, 4, horizon=2)
    values[4] = -1
    assert inputs[1, 3] == -1
    assert targets[0, 0] == -1


def test_can_a_read_only_series_be_cut():
    """Is a read-only array cut without a warning, and left as it is?"""
    values = np.arange(10.0)
    values.flags.writeable = False
    inputs, _ = sequences.windows(values, 4)
    inputs[0, 0] = -1
    assert values[0] == 0


# pad and mask


def test_is_pad_that_of_torch():
    """Is the padded tensor torch's, for numbers and for feature vectors?"""
    generator = torch.Generator().manual_seed(0)
    for rest in ((), (3,), (2, 2)):
        ragged = [torch.randn((n, *rest), generator=generator) for n in (3, 5, 0, 1)]
        padded, lengths = sequences.pad(ragged, value=-7)
        theirs = pad_sequence(ragged, batch_first=True, padding_value=-7)
        torch.testing.assert_close(padded, theirs, rtol=0, atol=0)
        assert lengths.tolist() == [3, 5, 0, 1]


def test_does_the_mask_take_back_what_was_padded():
    """Does the mask select exactly the real steps, in order?"""
    ragged = [torch.arange(1, n + 1) for n in (3, 5, 0, 1)]
    padded, lengths = sequences.pad(ragged)
    real = sequences.mask(lengths)
    assert real.shape == (4, 5)
    assert padded[real].tolist() == torch.cat(ragged).tolist()
    assert sequences.mask(lengths, 8).sum(1).tolist() == [3, 5, 0, 1]


# batches


@pytest.mark.parametrize("bucket", [False, True])
@pytest.mark.parametrize("seed", [None, 0, 1])
def test_does_each_example_come_once(bucket, seed):
    """Is every example in exactly one batch, and no batch too large?"""
    lengths = torch.randint(1, 30, (53,), generator=torch.Generator().manual_seed(2))
    groups = list(sequences.batches(lengths, 8, seed=seed, bucket=bucket))
    assert sorted(torch.cat(groups).tolist()) == list(range(53))
    assert sorted(map(len, groups)) == [5, 8, 8, 8, 8, 8, 8]


def test_does_a_seed_fix_the_order():
    """Is the order that of the data without a seed, and the same for the same seed?"""
    plain = torch.cat(list(sequences.batches(10, 3))).tolist()
    first, again, other = (
        torch.cat(list(sequences.batches(10, 3, seed=seed))).tolist() for seed in (1, 1, 2)
    )
    assert plain == list(range(10))
    assert first == again != other


@pytest.mark.parametrize("seed", [None, 0, 1, 2])
def test_do_buckets_save_padding(seed):
    """Does bucketing bring the least padding that batches of that size can have?"""
    lengths = torch.randint(1, 40, (64,), generator=torch.Generator().manual_seed(3))
    spent = sum(
        len(group) * int(lengths[group].max())
        for group in sequences.batches(lengths, 8, seed=seed, bucket=True)
    )
    least = sum(8 * int(max(part)) for part in np.sort(lengths.numpy()).reshape(8, 8))
    loose = sum(
        len(group) * int(lengths[group].max()) for group in sequences.batches(lengths, 8, seed=0)
    )
    assert spent == least < loose


def test_do_streams_go_on_where_they_stopped():
    """Are the rows of successive batches B unbroken pieces of the text?"""
    text = torch.arange(100)
    parts = list(sequences.stream_batches(text, 3, 10))
    inputs = torch.cat([part for part, _ in parts], dim=1)
    targets = torch.cat([part for _, part in parts], dim=1)
    assert inputs.tolist() == [list(range(33 * b, 33 * b + 33)) for b in range(3)]
    assert torch.equal(targets, inputs + 1)
    assert [part.shape[1] for part, _ in parts] == [10, 10, 10, 3]


# split_in_time


@pytest.mark.parametrize("gap", [0, 1, 7])
@pytest.mark.parametrize("steps", [50, 101, 309])
def test_does_no_part_see_the_future(steps, gap):
    """Are the parts in order, apart by the gap, and all that is left?"""
    train, valid, test = (
        range(steps)[part] for part in sequences.split_in_time(steps, valid=0.2, test=0.1, gap=gap)
    )
    assert valid[0] - train[-1] == test[0] - valid[-1] == gap + 1
    assert train[0] == 0
    assert test[-1] == steps - 1
    assert len(valid) == round(0.2 * steps)
    assert len(test) == round(0.1 * steps)


def test_do_windows_of_two_parts_share_a_step():
    """Does no window of one part hold a step of another, targets included?"""
    parts = sequences.split_in_time(120, gap=2)
    steps = torch.arange(120)
    seen = [
        {
            int(step)
            for half in sequences.windows(steps[part], 4, horizon=2)
            for step in half.ravel()
        }
        for part in parts
    ]
    assert not seen[0] & seen[1]
    assert not seen[1] & seen[2]


# NGram


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@pytest.mark.parametrize("k", [0.0, 0.5, 1.0])
def test_do_the_chances_after_a_seen_context_add_up_to_one(order, k):
    """Is p(. | c) a distribution for every context of the training text?"""
    vocabulary = Vocabulary.from_tokens(TEXT)
    ids = vocabulary.encode(TEXT)
    model = NGram(order, len(vocabulary), k).fit(ids)
    for context in model.contexts:
        total = sum(model.probability(context, symbol) for symbol in range(len(vocabulary)))
        assert total == pytest.approx(1.0, abs=1e-12)


def test_are_the_chances_counts_by_hand():
    """Is p(x | c) = (#(c, x) + k) / (#(c) + k V) on a text that one can count?"""
    # a b a b a a : after a come b, b, a; after b come a, a
    model = NGram(2, 3, k=0.5).fit([0, 1, 0, 1, 0, 0])
    assert model.probability([0], 1) == pytest.approx((2 + 0.5) / (3 + 1.5), abs=1e-12)
    assert model.probability([1], 1) == pytest.approx((0 + 0.5) / (2 + 1.5), abs=1e-12)
    assert model.probability([2], 1) == pytest.approx(1 / 3, abs=1e-12)
    assert NGram(2, 3).fit([0, 1]).probability([2], 1) == 0.0


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("k", [0.0, 0.1])
def test_are_nats_the_negative_logs_of_the_chances(order, k):
    """Does nats agree with probability, symbol by symbol, seen or not?"""
    vocabulary = Vocabulary.from_tokens(TEXT)
    train, other = vocabulary.encode(TEXT), vocabulary.encode(TEXT[::-1])
    model = NGram(order, len(vocabulary), k).fit(train)
    for ids in (train, other):
        plain = ids.tolist()
        chances = np.array(
            [model.probability(plain[:t], plain[t]) for t in range(order - 1, len(plain))]
        )
        expected = np.full(len(chances), np.inf)
        expected[chances > 0] = -np.log(chances[chances > 0])
        np.testing.assert_allclose(model.nats(ids), expected, rtol=0, atol=1e-12)


def test_is_a_symbol_that_was_never_seen_infinitely_surprising_without_smoothing():
    """Is the perplexity infinite for k = 0 and finite for k > 0?"""
    hard, soft = NGram(2, 4).fit([0, 1, 0, 1]), NGram(2, 4, k=1).fit([0, 1, 0, 1])
    new = [0, 1, 2, 0]
    assert metrics.perplexity(hard.nats(new).mean()) == np.inf
    assert 1 < metrics.perplexity(soft.nats(new).mean()) < 4


def test_does_counting_minimise_the_training_perplexity():
    """Is k = 0 the best k on the text that was counted?"""
    ids = Vocabulary.from_tokens(TEXT).encode(TEXT)
    means = [NGram(3, 30, k).fit(ids).nats(ids).mean() for k in (0.0, 0.1, 1.0)]
    assert means == sorted(means)


def test_is_the_share_of_unseen_contexts_right():
    """Is unseen the share of positions whose context training never held?"""
    model = NGram(3, 9).fit([0, 1, 2, 3])  # contexts 01 and 12
    assert model.unseen([0, 1, 5, 5, 0, 1, 2]) == pytest.approx(3 / 5)
    assert NGram(1, 9).fit([0]).unseen([5, 6]) == 0.0


def test_does_fitting_twice_count_both_texts():
    """Are counts of two texts those of each, with no n-gram across the seam?"""
    model = NGram(2, 9).fit([0, 1]).fit([2, 3])
    assert model.pairs == Counter({(0, 1): 1, (2, 3): 1})
    assert model.contexts == Counter({(0,): 1, (2,): 1})


def test_does_a_mixture_of_orders_beat_every_single_order():
    """Is it the mixture of exercise 1, with up to six characters, that predicts the manual best?"""
    text = datasets.load("python_manual")
    vocabulary = Vocabulary.from_tokens(text.train)
    train, valid = vocabulary.encode(text.train), vocabulary.encode(text.valid)[:20_000]
    V, blind, longest = len(vocabulary), 0.05, 6
    mixed, total, alone = blind / V, blind, []
    for j in range(longest + 1):
        model = NGram(j + 1, V).fit(train)
        grams = list(zip(*(valid.tolist()[longest - j + i :] for i in range(j + 1)), strict=False))
        pairs = np.array([model.pairs[gram] for gram in grams])  # (N - longest,)
        seen = np.array([model.contexts[gram[:-1]] for gram in grams])
        mixed = mixed + 2**j * pairs / np.maximum(seen, 1)
        total = total + 2**j * (seen > 0)
        alone.append(np.exp(-np.log((pairs + 0.01) / (seen + 0.01 * V)).mean()))
    assert np.exp(-np.log(mixed / total).mean()) < 0.85 * min(alone)


def test_are_samples_drawn_from_the_chances():
    """Do the frequencies of a long sample approach the chances, and does a seed fix it?"""
    model = NGram(2, 3, k=0.2).fit([0, 1, 0, 1, 1, 2, 0, 0, 2, 1])
    drawn = model.sample(6000, start=[0], seed=1)
    assert drawn == model.sample(6000, start=[0], seed=1)
    assert len(drawn) == 6000
    again = NGram(2, 3).fit([0, *drawn])
    for context in range(3):
        for symbol in range(3):
            # 6000 draws, about 2000 for each context: four standard errors are below 0.05
            expected = model.probability([context], symbol)
            assert again.probability([context], symbol) == pytest.approx(expected, abs=0.05)


def test_does_an_unsmoothed_sample_hold_only_seen_n_grams():
    """Is every n-gram of an unsmoothed sample one of the training text?"""
    ids = Vocabulary.from_tokens(TEXT).encode(TEXT * 2).tolist()
    model = NGram(3, 30).fit(ids)
    text = ids[:2] + model.sample(200, start=ids[:2])
    assert np.isfinite(model.nats(text)).all()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Vocabulary("aa"), ValueError, "symbols: .*'a' twice"),
        (lambda: Vocabulary(["<pad>"]), ValueError, "symbols: .*'<pad>' twice"),
        (lambda: Vocabulary.from_tokens("ab", size=2), ValueError, "size: .* got 2"),
        (lambda: Vocabulary.from_tokens("ab", min_count=0), ValueError, "min_count: .* got 0"),
        (lambda: Vocabulary("ab").decode([4]), ValueError, "ids: .* V = 4, got 4"),
        (lambda: Vocabulary("ab").decode([-1]), ValueError, "ids: .* V = 4, got -1"),
        (lambda: sequences.one_hot(torch.tensor([3]), 3), ValueError, "ids: .* V = 3, got 3 .. 3"),
        (
            lambda: sequences.one_hot(torch.tensor([1.0]), 3),
            TypeError,
            "ids: expected a tensor of integers",
        ),
        (lambda: sequences.windows(torch.ones(3), 3), ValueError, "length . horizon = 4 .* got 3"),
        (lambda: sequences.windows(torch.ones(3), 0), ValueError, "length: .* got 0"),
        (lambda: sequences.windows(torch.ones(3), 1, stride=0), ValueError, "stride: .* got 0"),
        (lambda: sequences.windows(torch.tensor(1), 1), ValueError, r"values: .*got \(\)"),
        (lambda: sequences.pad([]), ValueError, "sequences: .* got none"),
        (lambda: sequences.pad([torch.ones(2, 3), torch.ones(2)]), ValueError, "at place 1"),
        (lambda: sequences.pad([torch.arange(2), torch.ones(2)]), TypeError, "float32 at place 1"),
        (lambda: sequences.mask(torch.tensor([4]), 3), ValueError, "lengths: .* T = 3"),
        (lambda: sequences.mask(torch.tensor([-1])), ValueError, "lengths: "),
        (lambda: sequences.mask(torch.ones(1, 2)), ValueError, r"lengths: .*\(B,\)"),
        (lambda: next(sequences.batches(3, 0)), ValueError, "size: .* got 0"),
        (lambda: next(sequences.batches(3, 2, bucket=True)), TypeError, "lengths: "),
        (lambda: next(sequences.stream_batches(torch.arange(3), 3, 2)), ValueError, "ids: .* = 4"),
        (lambda: next(sequences.stream_batches(torch.ones(2, 2), 1, 1)), ValueError, r"\(N,\)"),
        (lambda: sequences.split_in_time(5, gap=3), ValueError, "steps: .* got 5"),
        (lambda: sequences.split_in_time(50, gap=-1), ValueError, "gap: .* got -1"),
        (lambda: sequences.split_in_time(50, valid=0), ValueError, "valid: .* got 0"),
        (lambda: NGram(0, 3), ValueError, "order: .* got 0"),
        (lambda: NGram(2, 3, k=-1), ValueError, "k: .* got -1"),
        (lambda: NGram(2, 3).fit([0, 3]), ValueError, "ids: .* V = 3, got 0 .. 3"),
        (lambda: NGram(2, 3).nats([0]), ValueError, "ids: .* n = 2 symbols, got 1"),
        (lambda: NGram(3, 3).probability([0], 1), ValueError, "context: .* = 2 symbols, got 1"),
        (lambda: NGram(2, 3).fit([0, 1]).sample(3, start=[2]), ValueError, "start: "),
    ],
)
def test_does_an_error_name_the_argument(call, error, message):
    """Does a wrong argument raise an error that names it and says what came?"""
    with pytest.raises(error, match=message):
        call()
