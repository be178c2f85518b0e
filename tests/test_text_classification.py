"""Do readouts leave padding out, and does fine-tuning move what it should and nothing else?"""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rnn_utils import deep, gru, sequences, training
from rnn_utils import text_classification as tc
from rnn_utils.language_model import LanguageModel

EXACT = {"rtol": 0, "atol": 1e-12}
V, E, H, K = 11, 5, 6, 3
LENGTHS = [4, 7, 1, 6]
READOUTS = ("mean", "max", "last", "attention")


@pytest.fixture(autouse=True)
def in_float64():
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def texts_of(lengths: list[int] = LENGTHS) -> list[Tensor]:
    return [torch.randint(1, V, (length,)) for length in lengths]


def states_of(lengths: list[int] = LENGTHS, fill: float = math.nan) -> tuple[Tensor, Tensor]:
    """Return states whose padding holds what must never be read, and the mask."""
    mask = sequences.mask(torch.tensor(lengths))
    states = torch.randn(len(lengths), max(lengths), H) - 1  # mostly below 0
    return states.masked_fill(~mask.unsqueeze(-1), fill), mask


def by_hand(name: str, states: Tensor, attention: tc.AttentionReadout | None = None) -> Tensor:
    """Read one example (T, H) that has no padding."""
    if name == "mean":
        return sum(states) / len(states)
    if name == "max":
        return torch.stack([max(column) for column in states.T])
    if name == "last":
        return states[-1]
    assert attention is not None
    scores = []
    for h in states:
        inner = torch.tanh(attention.inner.weight @ h + attention.inner.bias)
        scores.append((attention.outer.weight[0] * inner).sum())
    shares = torch.stack([torch.exp(score) for score in scores])
    return sum(share / shares.sum() * h for share, h in zip(shares, states, strict=True))


def readout(name: str, attention: tc.AttentionReadout):
    return {
        "mean": tc.mean_readout,
        "max": tc.max_readout,
        "last": tc.last_readout,
        "attention": lambda states, mask: attention(states, mask)[0],
    }[name]


# readouts


@pytest.mark.parametrize("name", READOUTS)
def test_is_a_readout_that_of_each_example_alone(name: str) -> None:
    states, mask = states_of()
    attention = tc.AttentionReadout(H, 4)
    read = readout(name, attention)(states, mask)
    assert read.shape == (len(LENGTHS), H)
    for b, length in enumerate(LENGTHS):
        expected = by_hand(name, states[b, :length], attention)
        torch.testing.assert_close(read[b], expected, **EXACT)


@pytest.mark.parametrize("name", READOUTS)
@pytest.mark.parametrize("fill", [0.0, 1e6, -1e6, math.inf, math.nan])
def test_does_a_readout_never_see_padding(name: str, fill: float) -> None:
    """Are values and gradients those without padding, and the padding's gradient exactly 0?"""
    states, mask = states_of(fill=0.0)
    attention = tc.AttentionReadout(H, 4)
    weight = torch.randn(len(LENGTHS), H)
    found = []
    for value in (0.0, fill):
        filled = states.masked_fill(~mask.unsqueeze(-1), value).requires_grad_()
        attention.zero_grad()
        read = readout(name, attention)(filled, mask)
        (read * weight).sum().backward()
        assert not filled.grad[~mask].any()
        grads = [p.grad.clone() for p in attention.parameters() if p.grad is not None]
        found.append([read.detach(), filled.grad, *grads])
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b, **EXACT)


@pytest.mark.parametrize("name", READOUTS)
def test_may_the_real_steps_stand_anywhere(name: str) -> None:
    states, _ = states_of([7, 7], fill=0.0)
    mask = torch.tensor(
        [[False, True, True, False, True, False, False], [False] * 3 + [True] + [False] * 3]
    )
    attention = tc.AttentionReadout(H)
    read = readout(name, attention)(states, mask)
    for b in range(2):
        expected = by_hand(name, states[b, mask[b]], attention)
        torch.testing.assert_close(read[b], expected, **EXACT)
    if name == "last":
        both = tc.last_readout(torch.cat([states, -states], dim=2), mask, bidirectional=True)
        firsts = torch.stack([states[0, 1], states[1, 3]])  # where the second direction ends
        torch.testing.assert_close(both, torch.cat([read, -firsts], dim=1), **EXACT)


def test_are_the_weights_on_padding_exactly_0() -> None:
    states, mask = states_of()
    _, weights = tc.AttentionReadout(H)(states, mask)
    assert (weights[~mask] == 0).all()
    assert (weights[mask] > 0).all()
    torch.testing.assert_close(weights.sum(1), torch.ones(len(LENGTHS)), **EXACT)


def test_does_each_direction_give_the_state_that_has_read_all() -> None:
    """Is the last state of a padded batch what torch returns for each text alone?"""
    layer = nn.LSTM(E, H, batch_first=True, bidirectional=True)
    inputs = [torch.randn(length, E) for length in LENGTHS]
    alone, padded = [], torch.full((len(LENGTHS), max(LENGTHS), 2 * H), math.nan)
    for b, x in enumerate(inputs):
        states, (final, _) = layer(x.unsqueeze(0))
        padded[b, : len(x)] = states[0]
        alone.append(final.transpose(0, 1).flatten())  # [forward; backward]
    mask = sequences.mask(torch.tensor(LENGTHS))
    read = tc.last_readout(padded, mask, bidirectional=True)
    torch.testing.assert_close(read, torch.stack(alone), **EXACT)
    # the last step of both directions is another thing: there one has read a single token
    assert not torch.allclose(read[:, H:], tc.last_readout(padded, mask)[:, H:])


# the classifier


@pytest.mark.parametrize("name", READOUTS)
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm", gru.GRU, None])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_does_a_batch_say_what_each_text_alone_says(name: str, cell, bidirectional: bool) -> None:
    model = tc.TextClassifier(V, E, H, K, cell, name, bidirectional, num_layers=2)
    texts = texts_of()
    tokens, lengths = sequences.pad(texts)
    logits = model(tokens, lengths)
    assert logits.shape == (len(texts), K)
    wide = torch.cat([tokens, torch.randint(V, (len(texts), 3))], dim=1)  # padding of any kind
    wide = torch.where(sequences.mask(lengths, wide.shape[1]), wide, torch.randint(V, wide.shape))
    torch.testing.assert_close(model(wide, lengths), logits, **EXACT)
    for b, text in enumerate(texts):
        alone = model(text.unsqueeze(0), [len(text)])
        torch.testing.assert_close(alone[0], logits[b], **EXACT)


@pytest.mark.parametrize("name", READOUTS)
def test_does_padding_leave_the_gradient_alone(name: str) -> None:
    model = tc.TextClassifier(V, E, H, K, "gru", name)
    texts, targets = texts_of(), torch.tensor([0, 2, 1, 1])
    tokens, lengths = sequences.pad(texts)
    F.cross_entropy(model(tokens, lengths), targets, reduction="sum").backward()
    batch = {key: p.grad.clone() for key, p in model.named_parameters()}
    model.zero_grad()
    for text, target in zip(texts, targets, strict=True):
        logits = model(text.unsqueeze(0), [len(text)])
        F.cross_entropy(logits, target.unsqueeze(0)).backward()
    for key, parameter in model.named_parameters():
        torch.testing.assert_close(batch[key], parameter.grad, **EXACT)


@pytest.mark.parametrize("name", READOUTS)
def test_are_the_logits_the_head_of_the_readout(name: str) -> None:
    """Is the classifier torch's own GRU, read by hand, with torch's own linear layer?"""
    model = tc.TextClassifier(V, E, H, K, "gru", name, bidirectional=False)
    twin = nn.GRU(E, H, batch_first=True)
    twin.load_state_dict(model.recurrent.state_dict())
    for text in texts_of():
        states, _ = twin(model.embedding.weight[text].unsqueeze(0))
        read = by_hand(name, states[0], model.attention)
        expected = model.head.weight @ read + model.head.bias
        torch.testing.assert_close(model(text.unsqueeze(0), [len(text)])[0], expected, **EXACT)


def test_is_a_mean_without_recurrence_blind_to_order() -> None:
    text = torch.tensor([[3, 5, 1, 8]])
    turned = text.flip(1)
    bag = tc.TextClassifier(V, E, H, K, None, "mean")
    torch.testing.assert_close(bag(text, [4]), bag(turned, [4]), **EXACT)
    reader = tc.TextClassifier(V, E, H, K, "gru", "mean")
    assert not torch.allclose(reader(text, [4]), reader(turned, [4]))


def test_are_the_weights_of_a_classifier_those_that_it_reads_with() -> None:
    model = tc.TextClassifier(V, E, H, K, readout="attention").eval()
    tokens, lengths = sequences.pad(texts_of())
    weights = model.weights(tokens, lengths)
    states, mask = model.states(tokens, lengths)
    read = torch.einsum("bt,bth->bh", weights, states)
    torch.testing.assert_close(model.head(read), model(tokens, lengths), **EXACT)
    assert not weights.requires_grad
    assert (weights[~mask] == 0).all()


def test_does_dropout_act_in_training_only() -> None:
    model = tc.TextClassifier(V, E, H, K, dropout=0.5)
    tokens, lengths = sequences.pad(texts_of())
    assert not torch.equal(model(tokens, lengths), model(tokens, lengths))
    model.eval()
    assert torch.equal(model(tokens, lengths), model(tokens, lengths))


def test_does_dropout_stand_before_the_layers_and_before_the_head() -> None:
    model, seen = tc.TextClassifier(V, E, H, K, readout="attention", dropout=0.5), []
    model.dropout.register_forward_hook(lambda _, x, y: seen.append((x[0].shape, y)))
    tokens, lengths = sequences.pad(texts_of())
    logits = model(tokens, lengths)
    assert [shape for shape, _ in seen] == [(*tokens.shape, E), (len(tokens), 2 * H)]
    torch.testing.assert_close(logits, model.head(seen[1][1]), **EXACT)
    # and the weights that are shown know no dropout
    assert torch.equal(model.weights(tokens, lengths), model.weights(tokens, lengths))
    assert model.training


def test_does_a_language_models_dropout_stand_between_its_layers() -> None:
    model = LanguageModel(V, E, H, "gru", 3, dropout=0.5, variational=True)
    classifier, seen = tc.from_language_model(model, K), []
    classifier.recurrent.dropout.register_forward_hook(lambda *_: seen.append(1))
    classifier(*sequences.pad(texts_of()))
    assert len(seen) == 2


@pytest.mark.parametrize("name", READOUTS)
@pytest.mark.parametrize("seed", range(2))
def test_can_each_readout_learn_where_a_word_stands_or_that_it_is_there(
    name: str, seed: int
) -> None:
    """Is a text that holds token 1 told from one that does not, wherever it stands?"""
    torch.manual_seed(seed)
    texts = [torch.randint(2, V, (int(torch.randint(3, 12, ())),)) for _ in range(200)]
    targets = torch.randint(2, (200,))
    for text, target in zip(texts, targets.tolist(), strict=True):
        if target:
            text[torch.randint(len(text), ())] = 1
    torch.set_default_dtype(torch.float32)
    model = tc.TextClassifier(V, 8, 16, 2, readout=name)
    training.fit(
        model,
        tc.TextBatches(texts, targets, 20, seed=seed),
        loss=training.supervised(F.cross_entropy),
        optimizer=torch.optim.Adam(model.parameters(), lr=0.02),
        settings=training.Settings(epochs=12, progress=False),
    )
    tokens, lengths = sequences.pad(texts)
    assert (model(tokens, lengths).argmax(1) == targets).float().mean() > 0.97


# fine-tuning


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("variational", [False, True])
@pytest.mark.parametrize("cell", ["lstm", "gru", gru.GRU])
def test_does_a_classifier_begin_with_the_language_models_weights(
    cell, variational: bool, tied: bool
) -> None:
    """Are its states those from which the language model predicts?"""
    model = LanguageModel(V, H, H, cell, 2, dropout=0.3, variational=variational, tied=tied)
    classifier = tc.from_language_model(model.eval(), K, "mean")
    texts = texts_of()
    tokens, lengths = sequences.pad(texts)
    states, mask = classifier.eval().states(tokens, lengths)
    predicted = model.head(states)
    torch.testing.assert_close(predicted[mask], model(tokens)[0][mask], **EXACT)
    read = torch.stack([states[b, : len(text)].mean(0) for b, text in enumerate(texts)])
    torch.testing.assert_close(classifier(tokens, lengths), classifier.head(read), **EXACT)


def test_are_the_weights_copied_and_not_shared() -> None:
    model = LanguageModel(V, H, H, "gru", tied=True)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    classifier = tc.from_language_model(model, K, "attention")
    ours = {id(parameter) for parameter in model.parameters()}
    assert not ours & {id(parameter) for parameter in classifier.parameters()}
    with torch.no_grad():
        for parameter in classifier.parameters():
            parameter.add_(1)
    for key, value in model.state_dict().items():
        assert torch.equal(value, before[key])


def test_is_a_new_classifier_of_the_language_models_type() -> None:
    model = LanguageModel(V, E, H).float()
    classifier = tc.from_language_model(model, K, "attention")
    assert {parameter.dtype for parameter in classifier.parameters()} == {torch.float32}


def made_of(kind: str) -> tuple[tc.TextClassifier, int]:
    """Return a classifier and the number of its groups."""
    if kind == "bag":
        return tc.TextClassifier(V, E, H, K, None), 2
    if kind == "stack":

        def stack(size: int, hidden: int, **options) -> nn.Module:
            return deep.Stack("gru", size, hidden, residual=True, **options)

        return tc.TextClassifier(V, E, H, K, stack, num_layers=3), 5
    if kind == "both directions":
        return tc.TextClassifier(V, E, H, K, "lstm", "attention", num_layers=2), 4
    variational = kind == "language model, one mask"
    return tc.from_language_model(
        LanguageModel(V, E, H, "lstm", 2, dropout=0.1, variational=variational), K, "max"
    ), 4


KINDS = ("bag", "stack", "both directions", "language model", "language model, one mask")


@pytest.mark.parametrize("kind", KINDS)
def test_does_each_parameter_stand_in_one_group(kind: str) -> None:
    model, count = made_of(kind)
    groups = tc.layer_groups(model)
    listed = [id(parameter) for group in groups for parameter in group]
    assert len(groups) == count
    assert len(listed) == len(set(listed))
    assert set(listed) == {id(parameter) for parameter in model.parameters()}


@pytest.mark.parametrize("kind", KINDS)
def test_does_each_depth_free_the_top_groups_and_no_others(kind: str) -> None:
    model, count = made_of(kind)
    groups = tc.layer_groups(model)
    for depth in [*range(1, count + 1), 1, count]:  # and back
        tc.unfreeze(model, depth)
        for number, group in enumerate(groups):
            assert {parameter.requires_grad for parameter in group} == {number < depth}


def test_are_the_groups_the_head_the_layers_from_the_top_and_the_table() -> None:
    model, _ = made_of("both directions")
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    groups = [{names[id(parameter)] for parameter in group} for group in tc.layer_groups(model)]
    attention = {"attention.inner.weight", "attention.inner.bias", "attention.outer.weight"}
    assert groups[0] == {"head.weight", "head.bias"} | attention
    for number, layer in ((1, 1), (2, 0)):
        expected = {
            f"recurrent.{part}_{where}_l{layer}{way}"
            for part in ("weight", "bias")
            for where in ("ih", "hh")
            for way in ("", "_reverse")
        }
        assert groups[number] == expected
    assert groups[3] == {"embedding.weight"}


@pytest.mark.parametrize("decay", [2.6, 1.0])
def test_do_the_rates_fall_from_the_head_down(decay: float) -> None:
    model, count = made_of("language model")
    groups = tc.unfreeze(model, count, rate=0.01, decay=decay)
    assert [group["lr"] for group in groups] == [0.01 / decay**g for g in range(count)]
    optimizer = torch.optim.SGD(groups)
    before = [[p.detach().clone() for p in group["params"]] for group in groups]
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    for g, group in enumerate(groups):
        for parameter, old in zip(group["params"], before[g], strict=True):
            torch.testing.assert_close(old - parameter, torch.full_like(old, 0.01 / decay**g))


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_does_training_move_what_is_free_and_nothing_else(depth: int) -> None:
    model, _ = made_of("language model")
    before = {name: value.clone() for name, value in model.state_dict().items()}
    batches = tc.TextBatches(texts_of(), torch.tensor([0, 1, 2, 0]), size=2, seed=0)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)  # left over from a stage before
    training.fit(
        model,
        batches,
        loss=training.supervised(F.cross_entropy),
        optimizer=torch.optim.Adam(tc.unfreeze(model, depth, rate=0.01)),
        settings=training.Settings(epochs=1, progress=False),
    )
    free = {id(p) for group in tc.layer_groups(model)[:depth] for p in group}
    for name, parameter in model.named_parameters():
        moved = not torch.equal(parameter, before[name])
        assert moved == (id(parameter) in free), name


# batches


@pytest.mark.parametrize("seed", [None, 0])
def test_does_every_text_come_once_with_its_target(seed: int | None) -> None:
    texts = [torch.full((1 + n % 5,), n) for n in range(1, 24)]
    data = tc.TextBatches(texts, torch.arange(1, 24), 4, seed=seed)
    for _ in range(2):
        seen = []
        for tokens, lengths, targets in data:
            assert tokens.shape[1] == lengths.max()
            mask = sequences.mask(lengths)
            assert not tokens[~mask].any()
            for row, real, target in zip(tokens, mask, targets.tolist(), strict=True):
                assert row[real].tolist() == texts[target - 1].tolist()
            seen += targets.tolist()
        assert sorted(seen) == list(range(1, 24))
    assert len(data) == len(list(data)) == 6


def test_is_each_reading_shuffled_anew_and_the_same_for_a_seed() -> None:
    texts = texts_of([3] * 30)

    def orders(seed: int) -> list[list[int]]:
        data = tc.TextBatches(texts, torch.arange(30), 8, seed=seed)
        return [[t for *_, targets in data for t in targets.tolist()] for _ in range(2)]

    first, second = orders(0)
    assert first != second
    assert orders(0) == [first, second]
    assert orders(1)[0] != first


def test_do_texts_of_like_length_go_together() -> None:
    texts = texts_of([1 + n % 10 for n in range(100)])
    data = tc.TextBatches(texts, torch.zeros(100, dtype=torch.long), 10, seed=0)
    assert all(len(set(lengths.tolist())) == 1 for _, lengths, _ in data)


def test_does_a_resumed_run_see_the_same_batches(tmp_path) -> None:
    texts, targets = texts_of([2, 5, 3, 4, 1, 2, 6, 3]), torch.tensor([0, 1, 2, 0, 1, 2, 0, 1])

    def run(epochs: int, name: str) -> dict[str, Tensor]:
        torch.manual_seed(1)
        model = tc.TextClassifier(V, E, H, K, dropout=0.2)
        training.fit(
            model,
            tc.TextBatches(texts, targets, 3, seed=5),
            loss=training.supervised(F.cross_entropy),
            optimizer=torch.optim.Adam(model.parameters()),
            settings=training.Settings(epochs=epochs, progress=False),
            checkpoint=tmp_path / name,
            resume=True,
        )
        return model.state_dict()

    whole = run(4, "whole")
    run(2, "cut")
    for name, value in run(4, "cut").items():
        assert torch.equal(value, whole[name])


# errors


def classifier(**options) -> tc.TextClassifier:
    return tc.TextClassifier(V, E, H, K, **options)


MASK = torch.tensor([[True, True], [False, False]])


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: tc.TextClassifier(0, E, H, K), ValueError, "vocabulary: expected"),
        (lambda: tc.TextClassifier(V, E, H, 0), ValueError, "classes: expected"),
        (lambda: classifier(cell="gpu"), ValueError, "cell: expected one of"),
        (lambda: classifier(readout="sum"), ValueError, "readout: expected one of 'mean'"),
        (lambda: classifier(dropout=2), ValueError, "dropout: expected a share"),
        (
            lambda: classifier()(torch.ones(2, 3).long(), [3, 0]),
            ValueError,
            "lengths: expected numbers from 1 to T = 3, got 0 at 1",
        ),
        (lambda: classifier()(torch.ones(2, 3).long(), [3, 4]), ValueError, "lengths: expected"),
        (
            lambda: classifier()(torch.ones(2, 3).long(), torch.ones(2)),
            TypeError,
            "lengths: expected integers",
        ),
        (lambda: classifier()(torch.ones(3).long(), [3]), ValueError, r"tokens: expected shape"),
        (
            lambda: classifier().weights(torch.ones(1, 3).long(), [3]),
            ValueError,
            "readout: expected 'attention', got 'mean'",
        ),
        *(
            (
                lambda read=read: read(torch.zeros(2, 2, H), MASK),
                ValueError,
                "mask: expected at least one real step in each example, got none in 1",
            )
            for read in (tc.mean_readout, tc.max_readout, tc.last_readout, tc.AttentionReadout(H))
        ),
        (
            lambda: tc.mean_readout(torch.zeros(2, 2, H), MASK.long()),
            TypeError,
            "mask: expected booleans",
        ),
        (
            lambda: tc.max_readout(torch.zeros(2, 3, H), MASK),
            ValueError,
            r"mask: expected shape \(B, T\) with B = 2, T = 3, got \(2, 2\)",
        ),
        (
            lambda: tc.last_readout(torch.zeros(1, 2, 5), MASK[:1], bidirectional=True),
            ValueError,
            "states: expected an even number of features",
        ),
        (
            lambda: tc.AttentionReadout(4)(torch.zeros(1, 2, 5), MASK[:1]),
            ValueError,
            r"states: expected shape \(B, T, H\) with H = 4",
        ),
        (lambda: tc.AttentionReadout(4, 0), ValueError, "hidden: expected"),
        (lambda: tc.from_language_model(nn.GRU(3, 3), 2), TypeError, "model: expected a Lang"),
        (
            lambda: tc.from_language_model(LanguageModel(V, E, H), 2, "sum"),
            ValueError,
            "readout: expected one of",
        ),
        (lambda: tc.unfreeze(classifier(), 0), ValueError, "depth: expected a number from 1 to 3"),
        (lambda: tc.unfreeze(classifier(), 4), ValueError, "depth: expected a number from 1 to 3"),
        (lambda: tc.unfreeze(classifier(), 1, rate=0), ValueError, "rate: expected"),
        (lambda: tc.unfreeze(classifier(), 1, decay=0), ValueError, "decay: expected"),
        (
            lambda: tc.TextBatches([torch.ones(2).long(), torch.ones(0).long()], torch.zeros(2)),
            ValueError,
            "texts: expected at least one token in each, got none in 1",
        ),
        (
            lambda: tc.TextBatches([torch.ones(2).long()], torch.zeros(2)),
            ValueError,
            r"targets: expected shape \(N,\) with N = 1, got \(2,\)",
        ),
        (
            lambda: tc.TextBatches([torch.ones(2).long()], torch.zeros(1), 0),
            ValueError,
            "size: expected",
        ),
    ],
)
def test_does_an_error_name_the_argument(call, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        call()
