"""Does translation.py cut, batch, translate and count as the field's own programs do?"""

from __future__ import annotations

import json
import math
import pickle
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from rnn_utils import datasets, metrics, training
from rnn_utils.attention import AttentionDecoder
from rnn_utils.decoding import beam_search, greedy
from rnn_utils.translation import (
    BPE,
    PairBatches,
    Translator,
    by_length,
    by_rarity,
    pair_batches,
    tokenize_13a,
    translation_loss,
)

ALPHABETS = ["ab", "abcdef", "abc'-.,!+$", "aßéé漢字😀 ñz,„“"]


def random_texts(seed: int, alphabet: str | None = None) -> list[str]:
    draw = random.Random(seed)
    letters = alphabet or ALPHABETS[seed % len(ALPHABETS)]

    def word() -> str:
        return "".join(draw.choice(letters) for _ in range(draw.randint(1, 9)))

    return [" ".join(word() for _ in range(draw.randint(1, 6))) for _ in range(draw.randint(1, 40))]


def fast_library(texts: list[str], merges: int, least: int, punctuation: bool) -> Any:
    """Return the tokenizer that the library trains with the same settings, and its merges."""
    tokenizers = pytest.importorskip("tokenizers")
    from tokenizers import models, pre_tokenizers, trainers

    cut = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    if punctuation:
        cut = pre_tokenizers.Sequence([cut, pre_tokenizers.Punctuation("isolated")])
    tokenizer = tokenizers.Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = cut
    characters = {character for text in texts for character in "".join(text.split())} | {"▁"}
    trainer = trainers.BpeTrainer(
        special_tokens=["<unk>"],
        vocab_size=merges + len(characters) + 1,  # this many pieces, and so at least merges
        min_frequency=least,
        show_progress=False,
    )
    tokenizer.train_from_iterator([" ".join(text.split()) for text in texts], trainer)
    found = [tuple(pair) for pair in json.loads(tokenizer.to_str())["model"]["merges"]]
    return tokenizer, found


def plain_merges(texts: list[str], merges: int, least: int) -> list[tuple[str, str]]:
    """Find the merges by counting everything anew each time."""
    words = Counter("▁" + word for text in texts for word in text.split())
    cut = {word: list(word) for word in words}
    age = {piece: n for n, piece in enumerate(sorted({c for word in words for c in word}))}
    found: list[tuple[str, str]] = []
    for _ in range(merges):
        counts: Counter[tuple[str, str]] = Counter()
        for word, pieces in cut.items():
            for i in range(len(pieces) - 1):
                counts[pieces[i], pieces[i + 1]] += words[word]
        if not counts:
            break
        best = min(counts, key=lambda pair: (-counts[pair], age[pair[0]], age[pair[1]]))
        if counts[best] < least:
            break
        found.append(best)
        age.setdefault("".join(best), len(age))
        for pieces in cut.values():
            i = 0
            while i < len(pieces) - 1:
                if (pieces[i], pieces[i + 1]) == best:
                    pieces[i : i + 2] = ["".join(best)]
                i += 1
    return found


# --- pieces


@pytest.mark.parametrize("least", [1, 2, 5])
@pytest.mark.parametrize("seed", range(24))
def test_are_the_merges_those_of_counting_everything_anew(seed: int, least: int) -> None:
    texts = random_texts(seed)
    ours = BPE.learn(texts, 60, min_count=least)
    assert list(ours.merges) == plain_merges(texts, 60, least)


@pytest.mark.parametrize("punctuation", [False, True])
@pytest.mark.parametrize("seed", range(40))
def test_are_merges_and_pieces_those_of_the_fast_library(seed: int, punctuation: bool) -> None:
    texts = random_texts(seed)
    least = 1 + seed % 3
    tokenizer, theirs = fast_library(texts, 300, least, punctuation)
    ours = BPE.learn(texts, len(theirs), min_count=least, punctuation=punctuation)
    assert list(ours.merges) == theirs
    for text in [*texts, *random_texts(seed + 1000), "q 9 x unseen ☃!"]:
        assert ours.encode(text) == tokenizer.encode(" ".join(text.split())).tokens


@pytest.mark.parametrize("punctuation", [False, True])
def test_are_merges_and_pieces_those_of_the_fast_library_on_real_text(punctuation: bool) -> None:
    data = datasets.load("python_manual")
    texts = data.train[:200_000].splitlines()
    tokenizer, theirs = fast_library(texts, 1000, 2, punctuation)
    ours = BPE.learn(texts, len(theirs), punctuation=punctuation)
    assert list(ours.merges) == theirs
    for line in data.valid[:20_000].splitlines():
        assert ours.encode(line) == tokenizer.encode(" ".join(line.split())).tokens


@pytest.mark.parametrize("seed", range(20))
def test_does_a_text_come_back_as_it_was(seed: int) -> None:
    texts = random_texts(seed)
    for punctuation in (False, True):
        bpe = BPE.learn(texts, 40, punctuation=punctuation)
        letters = "".join(character for character in bpe.alphabet if character != "▁")
        for text in [*texts, *random_texts(seed + 500, letters)]:
            text = " ".join(text.split())
            assert bpe.decode(bpe.encode(text)) == text
            known = bpe.vocabulary.encode(bpe.encode(text))
            assert bpe.decode(bpe.vocabulary.decode(known)) == text


def test_does_any_white_space_end_a_word() -> None:
    bpe = BPE.learn(["a b", "b\ta\n"], 0)
    assert bpe.encode(" a\t\u00a0b \n") == ["▁", "a", "▁", "b"]
    assert bpe.decode(bpe.encode(" a\t\u00a0b \n")) == "a b"
    assert bpe.encode("") == bpe.encode(" \n") == []
    assert bpe.encode("a▁b") == bpe.encode("a b")  # the mark is a space
    assert bpe.decode([]) == ""


def test_is_an_unseen_character_one_unknown_piece() -> None:
    bpe = BPE.learn(["low lower lowest"] * 3, 50)
    assert bpe.encode("low") == ["▁low"]
    assert bpe.encode("lüw ☃☃") == ["▁", "l", "<unk>", "w", "▁", "<unk>", "<unk>"]
    assert bpe.vocabulary.encode(["<unk>"]).item() == bpe.vocabulary.unknown_id


def test_are_learned_pieces_of_special_names_no_second_symbols() -> None:
    bpe = BPE.learn(["a<unk> b<unk> <s> </s> <pad>x y<pad>"] * 9, 100)
    assert len(set(bpe.vocabulary.symbols)) == len(bpe.vocabulary.symbols)
    assert bpe.vocabulary.symbols[:4] == ("<pad>", "<unk>", "<s>", "</s>")


def test_does_a_word_of_the_training_text_become_one_piece_in_the_end() -> None:
    texts = ["the cat sat on the mat", "the cat"] * 2
    bpe = BPE.learn(texts, 1000)
    assert bpe.encode("the cat sat") == ["▁the", "▁cat", "▁sat"]
    assert BPE.learn(texts, 0).encode("the") == ["▁", "t", "h", "e"]
    assert len(BPE.learn(texts, 3)) == len(bpe.alphabet) + 3


def test_does_punctuation_join_nothing() -> None:
    bpe = BPE.learn(["yes, no. it's (so)!"] * 5, 100, punctuation=True)
    pieces = bpe.encode("yes, it's (so)!")
    assert pieces == ["▁yes", ",", "▁it", "'", "s", "▁", "(", "so", ")", "!"]
    assert bpe.decode(pieces) == "yes, it's (so)!"


def test_are_the_merges_independent_of_the_order_of_the_texts() -> None:
    texts = random_texts(3)
    assert BPE.learn(texts, 80).merges == BPE.learn(texts[::-1], 80).merges


def test_does_a_pickled_segmenter_cut_the_same() -> None:
    bpe = BPE.learn(random_texts(1), 30, punctuation=True)
    again = pickle.loads(pickle.dumps(bpe))
    made = BPE(bpe.merges, bpe.alphabet, punctuation=True)
    for text in random_texts(2):
        assert again.encode(text) == made.encode(text) == bpe.encode(text)
    assert again.vocabulary == made.vocabulary == bpe.vocabulary


def test_does_the_time_grow_with_the_text_and_not_with_text_times_merges() -> None:
    draw = random.Random(0)
    words = ["".join(draw.choice("abcdefghijklmnop") for _ in range(8)) for _ in range(4000)]
    texts = [" ".join(words)] * 2

    def seconds(merges: int) -> float:
        begun = time.process_time()
        BPE.learn(texts, merges)
        return time.process_time() - begun

    few, many = min(seconds(100) for _ in range(2)), seconds(6000)
    assert many < 30 * max(few, 0.02)  # sixty times the merges


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: BPE.learn("one text", 3), TypeError, "texts: expected an iterable of strings"),
        (lambda: BPE.learn(["a"], -1), ValueError, "merges: expected a number at least 0"),
        (lambda: BPE.learn(["a"], "9"), TypeError, "merges: expected a number"),
        (lambda: BPE.learn(["a"], 1, min_count=0), ValueError, "min_count"),
        (lambda: BPE.learn([" ", ""], 1), ValueError, "texts: expected at least one word"),
        (lambda: BPE([("a", "b")], "a"), ValueError, "merges: .*'b'.* in merge 0"),
        (lambda: BPE([], ["ab"]), ValueError, "alphabet: expected single characters, got 'ab'"),
        (lambda: BPE([], "a").encode(["a"]), TypeError, "text: expected a string, got list"),
    ],
)
def test_do_pieces_name_what_does_not_fit(
    call: Callable[[], Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        call()


# --- batches


def corpus(count: int = 60, seed: int = 0, longest: int = 9) -> list[tuple[str, str]]:
    draw = random.Random(seed)
    words = ["one", "two", "three", "four", "five"]
    numbers = dict(zip(words, ["eins", "zwei", "drei", "vier", "fünf"], strict=True))
    pairs = []
    for _ in range(count):
        said = [draw.choice(words) for _ in range(draw.randint(1, longest))]
        pairs.append((" ".join(said), " ".join(numbers[word] for word in said)))
    return pairs


@pytest.fixture(scope="module")
def cut() -> tuple[BPE, BPE]:
    pairs = corpus()
    return BPE.learn([s for s, _ in pairs], 20), BPE.learn([t for _, t in pairs], 20)


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("size", [1, 7, 60, 100])
def test_is_each_pair_in_exactly_one_batch(cut: tuple[BPE, BPE], size: int, shuffle: bool) -> None:
    pairs = corpus()
    source, target = cut
    batches = pair_batches(pairs, source, target, size, shuffle=shuffle)
    for _ in range(2):
        read = []
        for batch in batches:
            for row in range(len(batch.source)):
                asked = source.vocabulary.decode(batch.source[row])
                answer = target.vocabulary.decode(batch.targets[row][batch.mask[row]])
                assert asked.pop() == answer.pop() == "</s>"
                assert len(asked) + 1 == batch.lengths[row]
                read.append((source.decode(asked), target.decode(answer)))
                assert not batch.targets[row][~batch.mask[row]].any()
                assert batch.inputs[row, 0] == target.vocabulary.encode(["<s>"])
                assert torch.equal(batch.inputs[row, 1:], batch.targets[row, :-1])
            assert batch.source.shape[1] == batch.lengths.max()
            assert batch.targets.shape[1] == batch.mask.sum(dim=1).max()
        assert sorted(read) == sorted(pairs)
    assert len(batches) == math.ceil(60 / size)


def test_is_little_of_a_batch_padding(cut: tuple[BPE, BPE]) -> None:
    batches = pair_batches(corpus(2000), *cut, 32, shuffle=True)
    real = sum(int(batch.mask.sum()) for batch in batches)
    whole = sum(batch.mask.numel() for batch in batches)
    assert real > 0.9 * whole
    unsorted = PairBatches(batches.pairs, batches.start, 32, False)
    unsorted.lengths = torch.zeros(2000)
    assert sum(batch.mask.numel() for batch in unsorted) > 1.4 * real


def test_is_the_order_the_global_generators(cut: tuple[BPE, BPE]) -> None:
    batches = pair_batches(corpus(), *cut, 8, shuffle=True)
    torch.manual_seed(3)
    first, second = list(batches), list(batches)
    torch.manual_seed(3)
    again = list(batches)
    for one, other in zip(first, again, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
    shapes = [[batch.source.tolist() for batch in order] for order in (first, second)]
    assert shapes[0] != shapes[1]


def test_may_lengths_that_differ_by_little_meet_in_a_batch() -> None:
    pairs = [(torch.ones(3).long(), torch.ones(n).long()) for n in range(1, 41)]
    batches = PairBatches(pairs, 1, 8, True)
    torch.manual_seed(0)
    met = {tuple(sorted(batch.mask.sum(1).tolist())) for _ in range(40) for batch in batches}
    assert len(met) > len(batches) == 5
    assert all(row[-1] - row[0] < 10 for row in met)


def test_do_batches_name_what_does_not_fit(cut: tuple[BPE, BPE]) -> None:
    with pytest.raises(ValueError, match="size: expected a number above 0"):
        pair_batches(corpus(), *cut, 0)
    with pytest.raises(ValueError, match="pairs: expected at least one pair, got none"):
        pair_batches([], *cut, 4)


# --- the model


def translator(cut: tuple[BPE, BPE], seed: int = 0, **options: Any) -> Translator:
    torch.manual_seed(seed)
    model = Translator(*cut, 6, 8, **options).double()
    for parameter in model.parameters():  # far from even, so that searches have something to do
        nn.init.normal_(parameter, std=0.6)
    return model.eval()


KINDS: list[dict[str, Any]] = [
    {},
    {"cell": "lstm", "num_layers": 2},
    {"attention": False},
    {"feed": True, "score": "additive"},
]


@pytest.mark.parametrize("options", KINDS)
@pytest.mark.parametrize("width", [1, 3])
def test_is_a_translation_independent_of_its_company(
    cut: tuple[BPE, BPE], options: dict[str, Any], width: int
) -> None:
    model = translator(cut, **options)
    sentences = [asked for asked, _ in corpus(17, seed=5)] + ["", "never seen: ☃"]
    together = model.search(sentences, width, 0.7, 12)
    alone = [model.search([sentence], width, 0.7, 12)[0] for sentence in sentences]
    small = model.search(sentences[::-1], width, 0.7, 12, batch_size=4)[::-1]
    for one, other, third in zip(together, alone, small, strict=True):
        assert [h.tokens for h in one] == [h.tokens for h in other] == [h.tokens for h in third]
        for a, b in zip(one, other, strict=True):
            assert math.isclose(a.log_probability, b.log_probability, rel_tol=1e-10)
    texts = model.translate(sentences, width, 0.7, 12)
    assert texts == [model.text(hypotheses[0]) for hypotheses in together]


@pytest.mark.parametrize("options", KINDS)
def test_is_a_beam_of_one_the_greedy_search(cut: tuple[BPE, BPE], options: dict[str, Any]) -> None:
    model = translator(cut, 1, **options)
    for asked, _ in corpus(10, seed=6):
        state = model.encode(cut[0].ids(asked).unsqueeze(0))
        beam = beam_search(model.step, state, model.start, model.end, 1, 12)[0][0]
        step = greedy(model.step, state, model.start, model.end, 12)[0]
        found = model.search([asked], 1, max_length=12)[0][0]
        assert beam.tokens == step.tokens == found.tokens


@pytest.mark.parametrize("options", KINDS)
def test_is_the_probability_of_a_translation_that_of_forward(
    cut: tuple[BPE, BPE], options: dict[str, Any]
) -> None:
    model = translator(cut, 2, **options)
    source, target = cut
    for hypotheses in model.search([asked for asked, _ in corpus(6)], 4, max_length=15):
        for found in hypotheses:
            assert found.length <= 15
    asked, answer = corpus(1)[0]
    ids = target.ids(answer).unsqueeze(0)
    inputs = torch.cat([torch.tensor([[model.start]]), ids[:, :-1]], dim=1)
    logs = model(source.ids(asked).unsqueeze(0), inputs).log_softmax(dim=-1)
    whole = logs.gather(2, ids.unsqueeze(2)).sum()
    state, total = model.encode(source.ids(asked).unsqueeze(0)), torch.zeros(())
    for token, right in zip(inputs[0], ids[0], strict=True):
        log, state = model.step(token.unsqueeze(0), state)
        total = total + log[0, right]
    torch.testing.assert_close(total, whole, rtol=0, atol=1e-12, check_dtype=False)


def test_does_a_penalty_never_shorten_what_a_beam_prefers(cut: tuple[BPE, BPE]) -> None:
    model = translator(cut, 4)
    with torch.no_grad():
        model.decoder.head.bias[model.end] += 2  # or hardly any sentence ends
    grown = 0
    sentences = [asked for asked, _ in corpus(20, seed=8)]
    found = model.search(sentences, 8, max_length=20)
    for hypotheses in found:
        complete = [h for h in hypotheses if h.finished]
        if not complete:
            continue
        lengths = []
        for alpha in (0.0, 0.4, 0.8, 1.2, 2.0):
            # the same candidates, ranked with a higher and higher penalty
            best = max(complete, key=lambda h: h.log_probability / ((5 + h.length) / 6) ** alpha)
            lengths.append(best.length)
        assert lengths == sorted(lengths)
        grown += lengths[-1] > lengths[0]
    assert grown
    means = [
        sum(len(h[0].tokens) for h in model.search(sentences, 8, alpha, 20))
        for alpha in (0.0, 1.0, 2.0)
    ]
    assert means == sorted(means)
    assert means[0] < means[-1]


def test_is_the_mode_of_a_model_as_it_was(cut: tuple[BPE, BPE]) -> None:
    model = translator(cut, dropout=0.5)
    for training_mode in (True, False):
        model.train(training_mode)
        one, other = (model.translate(["two three"], max_length=9) for _ in range(2))
        assert one == other
        assert model.training is training_mode


def test_does_an_alignment_look_at_every_piece(cut: tuple[BPE, BPE]) -> None:
    model = translator(cut)
    source, target, weights = model.align("two three", "zwei drei")
    assert weights.shape == (len(target), len(source))
    assert source[-1] == target[-1] == "</s>"
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(len(target)).double())
    with pytest.raises(TypeError, match="expected attention"):
        translator(cut, attention=False).align("two", "zwei")


def test_are_tied_weights_one_tensor(cut: tuple[BPE, BPE]) -> None:
    model = Translator(*cut, 8, 8, tied=True)
    table = model.decoder.embedding.weight
    assert not table[0].any()  # padding
    assert 0.7 < table[1:].std() * 8**0.5 < 1.3  # as small as any matrix of a last layer
    assert isinstance(model.decoder, AttentionDecoder)
    assert model.decoder.head.weight is model.decoder.embedding.weight
    loose = Translator(*cut, 8, 8)
    fewer = sum(p.numel() for p in loose.parameters()) - sum(p.numel() for p in model.parameters())
    assert fewer == 8 * len(cut[1].vocabulary)


def test_does_the_loss_leave_padding_out_and_smooth_only_in_training(
    cut: tuple[BPE, BPE],
) -> None:
    model = translator(cut)
    batch = next(iter(pair_batches(corpus(9), *cut, 9)))
    logs = model(batch.source, batch.inputs, batch.lengths).log_softmax(dim=-1)
    right = logs.gather(2, batch.targets.unsqueeze(2)).squeeze(2)[batch.mask]
    mean, count = translation_loss(0.1)(model, batch)
    assert count == batch.mask.sum()
    torch.testing.assert_close(mean, -right.mean(), rtol=0, atol=1e-12)
    model.train()
    mean, _ = translation_loss(0.1)(model, batch)
    smoothed = 0.9 * right + 0.1 * logs[batch.mask].mean(dim=1)
    torch.testing.assert_close(mean, -smoothed.mean(), rtol=0, atol=1e-12)
    with pytest.raises(ValueError, match="label_smoothing: expected a share"):
        translation_loss(1.5)


def test_does_a_translator_learn_and_resume(cut: tuple[BPE, BPE], tmp_path: Any) -> None:
    pairs = corpus(400, seed=1, longest=4)

    def run(epochs: int, path: Any = None) -> Translator:
        torch.manual_seed(0)
        model = Translator(*cut, 24, 32)
        training.fit(
            model,
            pair_batches(pairs, *cut, 10, shuffle=True),
            loss=translation_loss(),
            optimizer=torch.optim.Adam(model.parameters(), lr=1e-2),
            settings=training.Settings(epochs=epochs, progress=False),
            checkpoint=path,
            resume=path is not None,
        )
        return model

    model = run(6)
    asked, answers = zip(*corpus(40, seed=2, longest=4), strict=True)
    said = model.translate(asked, width=3)
    assert metrics.bleu(said, [[answer] for answer in answers]) > 90
    run(2, tmp_path / "model.pt")
    resumed = run(6, tmp_path / "model.pt")
    for one, other in zip(model.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"hidden": 7}, "hidden: expected an even number, half for each way, got 7"),
        ({"hidden": 0}, "hidden: expected a number above 0"),
        ({"tied": True, "embedding": 4}, "tied: expected attention and embedding equal to hidden"),
        ({"tied": True, "attention": False}, "tied: expected attention"),
        ({"dropout": 2.0}, "dropout"),
        ({"cell": "mgu"}, "cell: expected one of"),
        ({"score": "sum"}, "score: expected one of"),
    ],
)
def test_does_a_translator_name_what_does_not_fit(
    cut: tuple[BPE, BPE], options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Translator(*cut, **{"embedding": 8, "hidden": 8, **options})


def test_do_searches_name_what_does_not_fit(cut: tuple[BPE, BPE]) -> None:
    model = translator(cut)
    with pytest.raises(TypeError, match="sentences: expected a sequence of strings"):
        model.translate("two")
    for name in ("width", "max_length", "batch_size"):
        with pytest.raises(ValueError, match=f"^{name}: "):
            model.translate(["two"], **{name: 0})
    with pytest.raises(ValueError, match="length_penalty"):
        model.translate(["two"], 2, -1.0)
    assert model.translate([]) == []


# --- scores

SENTENCES = [
    'A man, 3.5 metres tall - or so - said: "No!"',
    "It's 1,000,000 at 12-30; x-ray, U.S. (see p.4) [ok] a/b.",
    "Er sagte: „Nein“ … 50% & mehr &amp; weniger &lt;b&gt; &quot;x&quot;",
    "tabs\tand\nnew lines -\nhyphen <skipped> end.",
    "",
    "...,,--5-5.5.,a.5 5.a {~|`^_\\}@#$*+=<>?",
    "你好，世界。 1.a,2 é.é",
]


def test_are_words_cut_as_the_fields_program_cuts_them() -> None:
    tokenizer = pytest.importorskip("sacrebleu.tokenizers.tokenizer_13a").Tokenizer13a()
    for text in SENTENCES:
        assert tokenize_13a(text) == tokenizer(text).split()
    draw = random.Random(0)
    for _ in range(3000):
        text = "".join(draw.choice("ab.,-'5 9é&;<>\"(/~!amplt") for _ in range(draw.randint(0, 30)))
        assert tokenize_13a(text) == tokenizer(text).split(), text


@pytest.mark.parametrize("seed", range(5))
def test_is_the_bleu_of_translations_that_of_sacrebleu(seed: int) -> None:
    sacrebleu = pytest.importorskip("sacrebleu")
    draw = random.Random(seed)
    words = ["a", "man", "in", "a", "red-ish", "hat,", "3.5", "dogs.", "(two)", "run!"]
    references = [" ".join(draw.choices(words, k=draw.randint(4, 15))) for _ in range(30)]
    said = [
        " ".join(word for word in text.split() if draw.random() > 0.15) or "x"
        for text in references
    ]
    ours = metrics.bleu(said, [[text] for text in references], tokenize=tokenize_13a)
    assert math.isclose(ours, sacrebleu.corpus_bleu(said, [references]).score, abs_tol=1e-9)


def test_does_a_breakdown_by_length_count_every_sentence_once() -> None:
    sources = ["a " * n + "b" for n in range(30)]
    references = [f"w{n} x y z " * (n % 4 + 1) for n in range(30)]
    said = [text if n % 2 else text.replace("x", "q") for n, text in enumerate(references)]
    edges = (0, 3, 10, 20)
    rows = by_length(sources, said, references, edges)
    assert [row.count for row in rows] == [2, 7, 10, 11]
    assert [row.name for row in rows] == ["0 to 2", "3 to 9", "10 to 19", "20 and more"]
    for row in rows:
        inside = [
            n for n in range(30) if row.low <= n + 1 <= (99 if row.high is None else row.high)
        ]
        bleu = metrics.bleu(
            [said[n] for n in inside], [[references[n]] for n in inside], smoothing="exp"
        )
        assert row.score == bleu
    (whole,) = by_length(sources, said, references, (0,))
    assert (whole.count, whole.low, whole.high) == (30, 0, None)
    assert by_length(sources, said, references, (0, 100))[1].score is None


@pytest.mark.parametrize("seed", range(5))
def test_does_a_breakdown_by_rarity_count_every_word_once(seed: int) -> None:
    draw = random.Random(seed)
    counts = {letter: number for number, letter in enumerate("abcdefghij")}
    letters = "abcdefghijxyz"
    references = [" ".join(draw.choices(letters, k=draw.randint(0, 12))) for _ in range(20)]
    said = [" ".join(draw.choices(letters, k=draw.randint(0, 12))) for _ in range(20)]
    rows = by_rarity(said, references, counts, (0, 1, 4, 8))
    asked = [word for text in references for word in text.split()]
    assert sum(row.count for row in rows) == len(asked)
    for row in rows:
        inside = [
            w
            for w in asked
            if row.low <= counts.get(w, 0) <= (99 if row.high is None else row.high)
        ]
        assert row.count == len(inside)
        found = 0
        for hypothesis, reference in zip(said, references, strict=True):
            left = hypothesis.split()
            for word in reference.split():
                if word in left and row.low <= counts.get(word, 0) <= (
                    99 if row.high is None else row.high
                ):
                    left.remove(word)
                    found += 1
        assert row.score == (found / len(inside) if inside else None)
    perfect = by_rarity(references, references, counts, (0, 5))
    assert all(row.score == 1 for row in perfect)


def test_do_breakdowns_name_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="references: expected N = 1, as many as sources, got 2"):
        by_length(["a"], ["b"], ["c", "d"])
    with pytest.raises(ValueError, match="sources: expected at least one, got none"):
        by_length([], [], [])
    with pytest.raises(ValueError, match="edges: expected rising numbers"):
        by_length(["a"], ["b"], ["c"], (0, 0))
    with pytest.raises(ValueError, match="sources: expected at least the first of edges, 5, got 1"):
        by_length(["a"], ["b"], ["c"], (5, 9))
    with pytest.raises(ValueError, match="edges: expected rising numbers"):
        by_rarity(["b"], ["c"], {}, ())
    with pytest.raises(ValueError, match="references: expected N = 1, as many as hypotheses"):
        by_rarity(["b"], [], {})
