"""Does the package find the right device, and do seeds fix every random number?"""

import random

import numpy as np
import pytest
import torch

from rnn_utils import (
    device,
    embeddings,
    language_model,
    tagging,
    text_classification,
    training,
    translation,
)
from rnn_utils.sequences import Vocabulary, pad


@pytest.fixture(autouse=True)
def _no_override(monkeypatch):
    monkeypatch.delenv("RNN_UTILS_DEVICE", raising=False)


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [(2, True, "cuda"), (2, False, "cuda"), (0, True, "mps"), (0, False, "cpu")],
)
def test_is_cuda_taken_before_mps_and_mps_before_the_cpu(monkeypatch, cuda, mps, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert device.pick().type == expected


def test_does_the_environment_override_order_and_preference(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setenv("RNN_UTILS_DEVICE", "cpu")
    assert device.pick() == torch.device("cpu")
    assert device.pick(prefer="cuda") == torch.device("cpu")


def test_does_an_unknown_device_name_the_argument_or_the_variable(monkeypatch):
    with pytest.raises(ValueError, match=r"prefer: expected one of .*got 'gpu'"):
        device.pick("gpu")
    with pytest.raises(ValueError, match=r"prefer: expected one of .*got 'xpu'"):
        device.pick("xpu")
    monkeypatch.setenv("RNN_UTILS_DEVICE", "tpu-of-mine")
    with pytest.raises(ValueError, match=r"RNN_UTILS_DEVICE: .*got 'tpu-of-mine'"):
        device.pick()


def test_does_a_device_that_is_not_here_say_which_are(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert device.pick("cuda:1") == torch.device("cuda:1")
    with pytest.raises(ValueError, match=r"prefer: this machine has 'cuda'.*got 'cuda:2'"):
        device.pick("cuda:2")


def _draw():
    return random.random(), np.random.rand(), torch.rand(3).tolist()  # noqa: NPY002


def test_does_a_seed_fix_the_numbers_of_python_numpy_and_torch():
    device.seed_everything(7)
    first = _draw()
    device.seed_everything(7)
    assert _draw() == first
    device.seed_everything(8)
    other = _draw()
    assert all(mine != theirs for mine, theirs in zip(first, other, strict=True))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_is_a_seed_out_of_range_refused_by_name(seed):
    with pytest.raises(ValueError, match="seed: expected an integer from 0"):
        device.seed_everything(seed)


def test_does_the_description_name_what_a_report_needs():
    line = device.describe()
    assert torch.__version__ in line
    assert str(device.pick()) in line
    assert "threads" in line


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_does_a_seed_fix_the_numbers_of_the_accelerator():
    device.seed_everything(7)
    first = torch.rand(3, device="cuda")
    device.seed_everything(7)
    assert torch.equal(torch.rand(3, device="cuda"), first)


# the models of text


def put(model, where):
    """Fill a model with numbers that do not depend on the device, and move it there."""
    torch.manual_seed(0)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model.to(where).eval()


def of_embeddings(where):
    ids = (torch.arange(60) ** 2 % 11).to(where)
    counts = torch.bincount(ids.cpu(), minlength=11).to(where)
    yield from embeddings.pairs([ids[:30], ids[30:]], 2)
    *bags, centres = embeddings.bags(
        ids, 2, shrink=True, generator=torch.Generator().manual_seed(0)
    )
    yield from bags
    keep = embeddings.subsample(counts, 0.1)
    yield embeddings.thin(ids, keep, torch.Generator().manual_seed(0))
    for model, batch in (
        (embeddings.SkipGram(11, 4), embeddings.pairs(ids, 2)),
        (embeddings.CBOW(11, 4), (*bags, centres)),
    ):
        generator = torch.Generator().manual_seed(0)
        loss = embeddings.NegativeSampling(embeddings.noise(counts), 3, generator)
        put(model, where)
        yield loss(model, batch)[0]
        yield from embeddings.neighbours(model.vectors, 3, 4)
        yield from embeddings.analogy(model.vectors, 1, 2, 3, 4)


def of_language_model(where):
    ids = (torch.arange(60) ** 2 % 11).to(where)
    model = put(language_model.LanguageModel(11, 6, 6, "lstm", 2, variational=True), where)
    yield torch.tensor(language_model.nats_per_token(model, ids, 3, 7))
    generator = torch.Generator().manual_seed(0)
    yield torch.tensor(
        language_model.generate(model, ids[:4], 9, top_k=5, top_p=0.9, generator=generator)
    )
    model.train()
    model.embedding_dropout.p = 0.5
    assert model(ids.view(3, 20))[0].device.type == torch.device(where).type


def of_text_classification(where):
    texts = [torch.arange(n) % 7 + 1 for n in (3, 1, 6, 2)]
    tokens, lengths = pad(texts)
    for readout in text_classification.READOUTS:
        model = text_classification.TextClassifier(9, 4, 5, 3, readout=readout)
        yield put(model, where)(tokens.to(where), lengths.to(where))
        data = text_classification.TextBatches(texts, torch.tensor([0, 1, 2, 1]), 2, seed=0)
        loss = training.supervised(torch.nn.functional.cross_entropy)
        yield torch.tensor(training.evaluate(model, data, loss))
    yield model.weights(tokens.to(where), lengths)
    lm = put(language_model.LanguageModel(9, 4, 5, num_layers=2), where)
    yield text_classification.from_language_model(lm, 3).states(tokens.to(where), lengths)[0]


def of_tagging(where):
    data = [(["ab", "c", "ab"], ["B-x", "I-x", "O"]), (["ca"], ["O"])]
    words, letters = Vocabulary(("ab", "c")), Vocabulary("abc")
    tags = Vocabulary(("O", "B-x", "I-x"), padding=None, unknown=None)
    batches = tagging.TaggedBatches(data, words, tags, letters, size=2)
    for crf in (False, True):
        model = tagging.Tagger(len(words), 4, 5, 3, characters=len(letters), crf=crf)
        put(model, where)
        if model.crf is not None:
            model.crf.forbid(*tagging.bio_constraints(tags.symbols))
            emissions = torch.zeros(2, 3, 3, device=where)
            yield model.crf.marginals(emissions, [3, 1])
            yield model.crf.viterbi(emissions, torch.tensor([2, 3], device=where))
        yield torch.tensor(training.evaluate(model, batches, tagging.tagging_loss))
        for row in tagging.predicted_tags(model, batches, tags):
            yield tags.encode(row)
        model.train().word_dropout = 0.5
        (batch,) = batches
        tokens, lengths, characters, labels = (part.to(where) for part in batch)
        model.loss(tokens, lengths, characters, labels).backward()


def of_translation(where):
    pairs = [("one two", "eins zwei"), ("two", "zwei"), ("one one two", "eins eins zwei")]
    cutters = [translation.BPE.learn(side, 5) for side in zip(*pairs, strict=True)]
    model = put(translation.Translator(*cutters, 6, 6), where)
    batches = translation.pair_batches(pairs, *cutters, 2)
    yield torch.tensor(training.evaluate(model, batches, translation.translation_loss()))
    for width in (1, 3):
        for found in model.search(["two one", "two"], width, max_length=6):
            yield torch.tensor([hypothesis.log_probability for hypothesis in found])
    yield model.align("two one", "zwei eins")[2]


@pytest.mark.parametrize(
    "where",
    [
        "cpu",
        pytest.param(
            device.pick().type,
            marks=[
                pytest.mark.gpu,
                pytest.mark.skipif(device.pick().type == "cpu", reason="needs an accelerator"),
            ],
        ),
    ],
)
@pytest.mark.parametrize(
    "results",
    [of_embeddings, of_language_model, of_text_classification, of_tagging, of_translation],
)
def test_do_the_models_of_text_say_the_same_wherever_they_are_put(results, where):
    for ours, theirs in zip(results(where), results("cpu"), strict=True):
        torch.testing.assert_close(ours.cpu(), theirs, rtol=1e-3, atol=1e-4)
