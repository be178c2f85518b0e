"""Is the model torch's own parts put together, and is every token of a text counted once?"""

from __future__ import annotations

import functools
import itertools
import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from rnn_utils import metrics, training
from rnn_utils.decoding import beam_search, greedy, reorder, sample, truncate
from rnn_utils.deep import Stack
from rnn_utils.gru import GRU, MGU
from rnn_utils.language_model import (
    NOTHING,
    EmbeddingDropout,
    LanguageModel,
    generate,
    nats_per_token,
    next_token_loss,
    streams,
)
from rnn_utils.lstm import LSTM
from rnn_utils.rnn import RNN
from rnn_utils.sequences import stream_batches

TORCH = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
OURS = {"rnn": RNN, "gru": GRU, "lstm": LSTM}
CELLS = {
    **{f"torch {name}": name for name in TORCH},
    **{f"our {name}": kind for name, kind in OURS.items()},
    "MGU": MGU,
    "nn.GRU": nn.GRU,
    "fast LSTM": functools.partial(LSTM, fast=True),
    "residual stack": functools.partial(Stack, "lstm", residual=True),
}
assert_same = functools.partial(torch.testing.assert_close, rtol=0, atol=1e-12)


@pytest.fixture(autouse=True)
def _float64():
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def parts(state):
    return (state,) if isinstance(state, torch.Tensor) else tuple(state)


def a_text(count, size=11, seed=0):
    return torch.randint(0, size, (count,), generator=torch.Generator().manual_seed(seed))


# The model


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("ours", [False, True])
def test_is_it_a_table_a_layer_and_a_linear_map_of_torch(cell, layers, ours):
    """Are logits, state and every gradient those of the three modules built by hand?"""
    model = LanguageModel(11, 5, 7, OURS[cell] if ours else cell, layers)
    table, head = nn.Embedding(11, 5), nn.Linear(7, 11)
    layer = TORCH[cell](5, 7, layers, batch_first=True)
    table.load_state_dict(model.embedding.state_dict())
    head.load_state_dict(model.head.state_dict())
    layer.load_state_dict(model.layers[0].state_dict())
    tokens, targets = torch.randint(0, 11, (4, 6)), torch.randint(0, 11, (4, 6))

    # a state to begin with, from a first window
    _, carried = model(tokens)
    before = tuple(part.detach() for part in parts(carried))
    output, final = layer(table(tokens))
    for a, b in zip(parts(carried), parts(final), strict=True):
        assert a.shape == (4, layers, 7)
        assert_same(a, b.transpose(0, 1))

    logits, after = model(tokens, before if cell == "lstm" else before[0])
    first = tuple(part.transpose(0, 1).contiguous() for part in before)
    output, final = layer(table(tokens), first if cell == "lstm" else first[0])
    expected = head(output)
    assert_same(logits, expected)
    for a, b in zip(parts(after), parts(final), strict=True):
        assert_same(a, b.transpose(0, 1))
    F.cross_entropy(logits.flatten(0, 1), targets.flatten()).backward()
    F.cross_entropy(expected.flatten(0, 1), targets.flatten()).backward()
    pairs = [
        (model.embedding, table),
        (model.layers[0], layer),
        (model.head, head),
    ]
    for a, b in pairs:
        theirs = dict(b.named_parameters())
        for name, parameter in a.named_parameters():
            assert_same(parameter.grad, theirs[name].grad)


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("variational", [False, True])
def test_is_a_text_read_in_windows_the_text_read_at_once(cell, layers, variational):
    """Whatever the recurrence, and however the windows are cut?"""
    model = LanguageModel(11, 5, 7, cell, layers, dropout=0.5, variational=variational).eval()
    tokens = torch.randint(0, 11, (3, 13))
    whole, last = model(tokens)
    for length in (1, 4, 13):
        state, pieces = None, []
        for window in tokens.split(length, dim=1):
            logits, state = model(window, state)
            pieces.append(logits)
        assert_same(torch.cat(pieces, dim=1), whole)
        for a, b in zip(parts(state), parts(last), strict=True):
            assert a.shape == (3, layers, 7)
            assert_same(a, b)
    # and one token at a time, as a search asks
    state = None
    for t in range(13):
        logs, state = model.step(tokens[:, t], state)
        assert_same(logs, whole[:, t].log_softmax(dim=1))


@pytest.mark.parametrize("layers", [1, 2])
def test_do_single_layers_compute_what_a_stack_of_torch_computes(layers):
    """With `variational` and no dropout, are the logits those without it, same weights given?"""
    plain = LanguageModel(11, 5, 7, "lstm", layers)
    other = LanguageModel(11, 5, 7, "lstm", layers, variational=True)
    other.embedding.load_state_dict(plain.embedding.state_dict())
    other.head.load_state_dict(plain.head.state_dict())
    for depth, layer in enumerate(other.layers):
        mark = f"_l{depth}"
        mine = plain.layers[0].state_dict().items()
        layer.load_state_dict({k.replace(mark, "_l0"): v for k, v in mine if k.endswith(mark)})
    tokens = torch.randint(0, 11, (3, 6))
    (a, state), (b, other_state) = plain(tokens), other(tokens)
    assert_same(a, b)
    for mine, theirs in zip(state, other_state, strict=True):
        assert_same(mine, theirs)
    for a, b in zip(plain(tokens, state), other(tokens, state), strict=True):
        for mine, theirs in zip(parts(a), parts(b), strict=True):
            assert_same(mine, theirs)


def test_does_no_logit_see_a_later_token():
    model = LanguageModel(11, 5, 7, "gru", 2)
    tokens = torch.randint(0, 11, (2, 8))
    other = tokens.clone()
    other[:, 5:] = (other[:, 5:] + 1) % 11
    assert_same(model(tokens)[0][:, :5], model(other)[0][:, :5])
    assert not torch.equal(model(tokens)[0][:, 5:], model(other)[0][:, 5:])


# One table for reading and writing


def test_do_tied_weights_share_their_storage():
    """Is it one parameter, with one gradient that both uses add to, through a save as well?"""
    model = LanguageModel(11, 7, 7, tied=True)
    assert model.embedding.weight is model.head.weight
    assert model.embedding.weight.data_ptr() == model.head.weight.data_ptr()
    free = LanguageModel(11, 7, 7)
    count = [sum(p.numel() for p in m.parameters()) for m in (free, model)]
    assert count[0] - count[1] == 11 * 7

    free.load_state_dict(model.state_dict())
    tokens, targets = torch.randint(0, 11, (2, 5)), torch.randint(0, 11, (2, 5))
    for m in (model, free):
        next_token_loss(m, (tokens, targets))[0].backward()
    assert_same(model.head.weight.grad, free.head.weight.grad + free.embedding.weight.grad)

    before = model.head.weight.detach().clone()
    torch.optim.SGD(model.parameters(), lr=1.0).step()
    assert not torch.equal(before, model.head.weight)
    assert torch.equal(model.embedding.weight, model.head.weight)
    model.double().load_state_dict(LanguageModel(11, 7, 7, tied=True).state_dict())
    assert model.embedding.weight is model.head.weight


@pytest.mark.parametrize("tied", [False, True])
def test_does_a_new_model_know_nothing(tied):
    """Is its first loss within 5 % of log V, tied or not?"""
    for seed in range(3):
        torch.manual_seed(seed)
        model = LanguageModel(1000, 64, 64, tied=tied)
        assert nats_per_token(model, a_text(501, 1000)) == pytest.approx(math.log(1000), rel=0.05)


# Dropout


def test_does_embedding_dropout_drop_whole_words_and_scale_the_others():
    """Is a word gone wherever it stands, with all its features, and no word changed otherwise?"""
    drop, table = EmbeddingDropout(0.4), torch.randn(500, 6)
    tokens = torch.arange(500).repeat(2).view(4, 250)  # every word twice
    rows = drop(tokens, table).view(2, 500, 6)
    assert torch.equal(rows[0], rows[1])
    gone = (rows[0] == 0).all(dim=1)
    assert 0.4 * 500 - 5 * 11 < gone.sum() < 0.4 * 500 + 5 * 11  # five standard deviations
    assert_same(rows[0][~gone], table[~gone] / 0.6)
    assert not torch.equal(drop(tokens, table).view(2, 500, 6), rows)  # a new draw each call
    assert torch.equal(drop.eval()(tokens, table), table[tokens])
    assert torch.equal(EmbeddingDropout(0.0)(tokens, table), table[tokens])
    assert not EmbeddingDropout(1.0)(tokens, table).any()


def test_is_the_mean_of_embedding_dropout_the_table():
    drop, table, tokens = EmbeddingDropout(0.3), torch.ones(4, 2), torch.arange(4).unsqueeze(0)
    mean = torch.stack([drop(tokens, table) for _ in range(4000)]).mean(dim=0)
    assert (mean - 1).abs().max() < 5 * math.sqrt(0.3 / 0.7 / 4000)


def test_does_the_table_that_writes_lose_no_word():
    """With every word dropped on the way in, does the tied table still give its logits?"""
    model = LanguageModel(11, 7, 7, tied=True, embedding_dropout=1.0)
    logits, _ = model(torch.randint(0, 11, (1, 3)))
    silent, _ = model.layers[0](torch.zeros(1, 3, 7))
    assert_same(logits, model.head(silent))


def masks_of(model, tokens):
    """Return which features of what each module of dropout was given came out as 0."""
    seen = []
    hook = model.dropout.register_forward_hook(
        lambda _, given, result: seen.append((result == 0) & (given[0] != 0))
    )
    model(tokens)
    hook.remove()
    return seen


def test_are_variational_masks_the_same_at_every_step():
    """At all three places, one mask per row; and without `variational` another at each step?"""
    tokens = torch.randint(0, 11, (4, 9))
    seen = masks_of(LanguageModel(11, 20, 30, "lstm", 2, dropout=0.5, variational=True), tokens)
    assert [mask.shape[2] for mask in seen] == [20, 30, 30]
    for mask in seen:
        assert torch.equal(mask, mask[:, :1].expand_as(mask))
        assert not torch.equal(mask[0], mask[1])
        assert 0.2 < mask.double().mean() < 0.8
    seen = masks_of(LanguageModel(11, 20, 30, "lstm", 2, dropout=0.5), tokens)
    assert [mask.shape[2] for mask in seen] == [20, 30]  # torch's layer drops between its own
    for mask in seen:
        assert not torch.equal(mask, mask[:, :1].expand_as(mask))
    assert LanguageModel(11, 20, 30, "lstm", 2, dropout=0.5).layers[0].dropout == 0.5


# Streams


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int32])
def test_may_the_numbers_of_a_text_be_small(dtype):
    """Are bytes read as any other numbers, though none of them can be `NOTHING`?"""
    ids = a_text(20)
    model = build()
    expected = nats_per_token(model, ids, 3, 4)
    assert nats_per_token(model, ids.to(dtype), 3, 4) == expected
    generator = torch.Generator().manual_seed(0)
    assert len(generate(model, ids[:3].to(dtype), 4, generator=generator)) == 4


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("length", [1, 4, 100])
def test_is_every_token_but_the_first_a_target_exactly_once(size, length):
    """And does each input stand right before its target, and each row go on where it stopped?"""
    for count in [*range(size + 1, size + 12), 50]:
        ids = torch.arange(count) + 1000
        batches = streams(ids, size, length)
        targets = torch.cat([part for _, part in batches], dim=1)
        inputs = torch.cat([part for part, _ in batches], dim=1)
        real = targets != NOTHING
        assert sorted(targets[real].tolist()) == ids[1:].tolist()
        assert torch.equal(inputs[real] + 1, targets[real])
        for row, here in zip(inputs, real, strict=True):
            steps = row[here]
            assert torch.equal(steps, steps[0] + torch.arange(len(steps)))
            assert not here[len(steps) :].any()
        assert all(part.shape == (size, length) for part, _ in batches[:-1])
        assert (~real).sum() < size  # nothing but the last column is ever padded
        sizes = real.sum(dim=1)
        assert sizes.max() - sizes.min() <= 1
        assert int(inputs.min()) >= 1000  # padding reads a token that there is
        assert int(inputs.max()) < 1000 + count


def test_are_they_the_batches_of_chapter_1_where_nothing_is_left_over():
    ids = a_text(61)
    ours, theirs = streams(ids, 4, 4), list(stream_batches(ids, 4, 4))
    assert len(ours) == len(theirs) == 4
    for a, b in zip(ours, theirs, strict=True):
        assert torch.equal(a[0], b[0])
        assert torch.equal(a[1], b[1])


def test_what_do_the_batches_of_chapter_1_leave_out():
    """Up to B - 1 tokens, as the docstring says?"""
    ids = torch.arange(20)
    seen = torch.cat([targets for _, targets in stream_batches(ids, 7, 2)], dim=1)
    assert sorted(set(ids[1:].tolist()) - set(seen.flatten().tolist())) == [15, 16, 17, 18, 19]


# The loss and the score


def test_does_the_loss_leave_out_what_is_no_target():
    """Is it the mean over the rest, and the gradient what the rest alone would give?"""
    model = LanguageModel(11, 5, 7)
    inputs, targets = torch.randint(0, 11, (3, 6)), torch.randint(0, 11, (3, 6))
    padded = targets.clone()
    padded[0, 4:] = padded[2, 2:] = NOTHING
    mean, count, state = next_token_loss(model, (inputs, padded))
    mean.backward()
    ours = [p.grad.clone() for p in model.parameters()]
    model.zero_grad()
    logs = model(inputs)[0].log_softmax(dim=2)
    rows = [(b, t) for b in range(3) for t in range(6) if padded[b, t] != NOTHING]
    expected = -torch.stack([logs[b, t, targets[b, t]] for b, t in rows]).mean()
    expected.backward()
    assert int(count) == len(rows) == 12
    assert_same(mean, expected)
    for a, p in zip(ours, model.parameters(), strict=True):
        assert_same(a, p.grad)
    other = inputs.clone()
    other[0, 5] = (other[0, 5] + 1) % 11  # what is read on padding does not matter
    assert_same(next_token_loss(model, (other, padded))[0], mean)
    assert state[0].shape == (3, 1, 7)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("length", [1, 7, 16, 1000])
def test_is_the_score_that_of_a_loop_over_single_tokens(size, length):
    """Token-weighted, the last window counted as long as it is, every token once?"""
    ids, model = a_text(48), LanguageModel(11, 5, 7, "gru", 2, dropout=0.5)
    total = number = 0
    edges = [len(part) for part in torch.arange(47).tensor_split(size)]
    for first, steps in zip([0, *itertools.accumulate(edges)], edges, strict=False):
        state = None
        model.eval()
        for place in range(first, first + steps):
            logs, state = model.step(ids[place : place + 1], state)
            total -= logs[0, ids[place + 1]].item()
            number += 1
    model.train()
    assert number == 47
    assert nats_per_token(model, ids, size, length) == pytest.approx(total / 47, abs=1e-12)
    assert model.training  # and dropout was off


def test_would_a_mean_of_window_means_be_wrong():
    """Is a short last window weighed by its tokens, on a text where that shows?"""
    model = LanguageModel(3, 4, 4)
    with torch.no_grad():
        model.head.weight.zero_()
        model.head.bias.copy_(torch.tensor([0.7, 0.2, 0.1]).log())
    ids = torch.tensor([0] * 11 + [2])  # windows of 10 targets and of 1
    exact = -(10 * math.log(0.7) + math.log(0.1)) / 11
    assert nats_per_token(model, ids, length=10) == pytest.approx(exact, abs=1e-12)
    assert -(math.log(0.7) + math.log(0.1)) / 2 > exact + 0.5
    assert metrics.perplexity(exact) == pytest.approx(0.7 ** (-10 / 11) * 0.1 ** (-1 / 11))


@pytest.mark.parametrize("cell", ["lstm", GRU])
def test_does_fit_carry_and_detach_as_a_loop_by_hand_does(cell):
    """Are the weights the same after two epochs, each begun with no state?"""
    batches = streams(a_text(64), 3, 5)
    ours, hand = (LanguageModel(11, 5, 7, cell) for _ in range(2))
    hand.load_state_dict(ours.state_dict())
    history = training.fit(
        ours,
        batches,
        loss=next_token_loss,
        optimizer=torch.optim.SGD(ours.parameters(), lr=0.5),
        settings=training.Settings(epochs=2, clip=None, carry=True, progress=False),
    )
    optimizer = torch.optim.SGD(hand.parameters(), lr=0.5)
    for epoch in range(2):
        state, total = None, 0.0
        for inputs, targets in batches:
            logits, state = hand(inputs, state)
            kept = targets >= 0
            loss = F.cross_entropy(logits[kept], targets[kept])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * int(kept.sum())
            state = tuple(part.detach() for part in state) if cell == "lstm" else state.detach()
        assert history["train"][epoch] == pytest.approx(total / 63, abs=1e-12)
    for a, b in zip(ours.parameters(), hand.parameters(), strict=True):
        assert_same(a, b)


# What happens without detach


def graph_nodes(tensor):
    """Count the nodes of the graph that a backward pass from here would walk."""
    seen, todo = set(), [tensor.grad_fn]
    while todo:
        node = todo.pop()
        if node is not None and node not in seen:
            seen.add(node)
            todo += [above for above, _ in node.next_functions]
    return len(seen)


@pytest.mark.parametrize("cell", ["lstm", GRU])
def test_does_the_graph_grow_where_the_state_is_not_detached(cell):
    """By as many nodes with each window, while with detach it stays as it is?"""
    model, batches = LanguageModel(11, 5, 7, cell), streams(a_text(101), 2, 5)
    sizes: dict[bool, list[int]] = {True: [], False: []}
    for detach, counts in sizes.items():
        state = None
        for batch in batches:
            mean, _, state = next_token_loss(model, batch, state)
            counts.append(graph_nodes(mean))
            if detach:
                state = tuple(part.detach() for part in parts(state))
                state = state if cell == "lstm" else state[0]
    assert len(set(sizes[True][1:])) == 1
    steps = [b - a for a, b in itertools.pairwise(sizes[False][1:])]
    assert min(steps) == max(steps) > 0
    assert sizes[False][-1] > 4 * sizes[True][-1]


def test_does_backward_fail_where_the_state_is_not_detached():
    """At the second window, for the first one's buffers are gone?"""
    model, batches = LanguageModel(11, 5, 7), streams(a_text(101), 2, 5)
    mean, _, state = next_token_loss(model, batches[0])
    mean.backward()
    mean, _, _ = next_token_loss(model, batches[1], state)
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        mean.backward()


# Writing


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_does_generate_write_what_the_loop_writes(cell):
    """Token by token by hand, with the same generator, from a longer prompt and a state?"""
    model = LanguageModel(11, 5, 7, cell, 2, dropout=0.5)
    generator = torch.Generator().manual_seed(3)
    model.eval()
    _, before = model(torch.tensor([[4, 4]]))
    before = reorder(before, torch.tensor([0]))
    logs, state = None, before
    for token in (1, 2, 3):
        logs, state = model.step(torch.tensor([token]), state)
    expected = []
    for _ in range(15):
        tempered = (logs.detach().double() / 0.7).log_softmax(dim=1)
        kept = truncate(tempered, 5, 0.8)
        token = torch.multinomial(kept.exp() / kept.exp().max(), 1, generator=generator)[0]
        expected.append(int(token))
        logs, state = model.step(token, state)
    model.train()
    options = {"temperature": 0.7, "top_k": 5, "top_p": 0.8, "state": before}
    for prompt in ([1, 2, 3], torch.tensor([1, 2, 3])):
        written = generate(model, prompt, 15, generator=torch.Generator().manual_seed(3), **options)
        assert written == expected
    assert model.training
    assert all(isinstance(token, int) for token in written)


def test_does_a_generator_decide_the_text():
    model = LanguageModel(11, 5, 7, "gru")
    texts = [
        generate(model, [0], 30, generator=torch.Generator().manual_seed(seed))
        for seed in (1, 1, 2)
    ]
    assert texts[0] == texts[1] != texts[2]
    assert len(texts[0]) == 30
    torch.manual_seed(5)
    first = generate(model, [0], 30)
    torch.manual_seed(5)
    assert generate(model, [0], 30) == first


def test_is_one_token_or_a_cold_draw_the_greedy_choice():
    model = LanguageModel(11, 5, 7)
    (best,) = greedy(model.step, None, torch.tensor([3]), -1, 20)
    assert generate(model, [3], 20, top_k=1) == list(best.tokens)
    assert generate(model, [3], 20, top_p=1e-9) == list(best.tokens)
    assert generate(model, [3], 20, temperature=1e-6) == list(best.tokens)


def test_are_the_draws_those_of_the_model():
    """Over many rows at once, is each first token as frequent as the model says?"""
    model = LanguageModel(5, 5, 7).eval()
    with torch.no_grad():
        model.head.weight.mul_(5)
        chance = model.step(torch.tensor([2]))[0].exp()[0]
    rows = torch.full((8000,), 2)
    drawn = sample(model.step, None, rows, -1, 1, generator=torch.Generator().manual_seed(0))
    counts = torch.bincount(torch.tensor([h.tokens[0] for h in drawn]), minlength=5) / 8000
    assert ((counts - chance).abs() < 5 * (chance * (1 - chance) / 8000).sqrt()).all()


@pytest.mark.parametrize("cell", ["lstm", "gru", MGU])
def test_may_a_beam_search_the_model(cell):
    """Does its state, batch axis first, follow the beginnings that are kept?"""
    model = LanguageModel(5, 4, 6, cell, 2).eval()
    with torch.no_grad():
        model.head.weight.mul_(8)
    (found,) = beam_search(model.step, None, torch.tensor([0]), -1, 5**4, 4)
    tokens = torch.cartesian_prod(*[torch.arange(5)] * 4)
    read = torch.cat([torch.zeros(len(tokens), 1, dtype=torch.long), tokens[:, :-1]], dim=1)
    with torch.no_grad():
        logs = model(read)[0].log_softmax(dim=2).gather(2, tokens.unsqueeze(2)).sum(dim=(1, 2))
    best = logs.argmax()
    assert found[0].tokens == tuple(tokens[best].tolist())
    assert found[0].log_probability == pytest.approx(float(logs[best]), abs=1e-12)


# What is refused


def build(**changes):
    return LanguageModel(**{"vocabulary": 11, "embedding": 5, "hidden": 7, **changes})


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: build(vocabulary=0), ValueError, "vocabulary: .* above 0, got 0"),
        (lambda: build(embedding=-1), ValueError, "embedding: .* above 0, got -1"),
        (lambda: build(hidden=0), ValueError, "hidden: .* above 0, got 0"),
        (lambda: build(num_layers=0), ValueError, "num_layers: .* above 0, got 0"),
        (lambda: build(dropout=1.5), ValueError, r"dropout: .* from 0 to 1, got 1\.5"),
        (lambda: build(embedding_dropout=-0.1), ValueError, "embedding_dropout: .* from 0 to 1"),
        (lambda: build(cell="elman"), ValueError, "cell: expected one of 'rnn', 'gru', 'lstm'"),
        (
            lambda: build(tied=True),
            ValueError,
            "embedding: expected 7 features, as hidden, .* got 5",
        ),
        (lambda: EmbeddingDropout(2), ValueError, "p: expected a share from 0 to 1, got 2"),
        (lambda: build()(torch.zeros(3, dtype=torch.long)), ValueError, r"tokens: .*\(B, T\)"),
        (
            lambda: build()(torch.zeros(3, 2, dtype=torch.long), (torch.zeros(2, 1, 7),) * 2),
            ValueError,
            r"state: expected shape \(B, L, H\) with B = 3, L = 1, H = 7, got \(2, 1, 7\)",
        ),
        (
            lambda: build(cell="gru", num_layers=2)(
                torch.zeros(3, 2, dtype=torch.long), torch.zeros(2, 3, 7)
            ),
            ValueError,
            r"state: expected shape \(B, L, H\) .* got \(2, 3, 7\)",
        ),
        (
            lambda: build()(torch.zeros(3, 2, dtype=torch.long), torch.zeros(3, 1, 7)),
            TypeError,
            r"state: expected a tuple of 2 tensors, .* got one tensor",
        ),
        (
            lambda: build(cell="gru")(
                torch.zeros(3, 2, dtype=torch.long), (torch.zeros(3, 1, 7),) * 2
            ),
            TypeError,
            r"state: expected one tensor, .* got a tuple of 2 tensors",
        ),
        (
            lambda: build().step(torch.zeros(3, 1, dtype=torch.long)),
            ValueError,
            r"tokens: expected shape \(B,\), got \(3, 1\)",
        ),
        (lambda: streams(torch.zeros(3, 3).long(), 1, 2), ValueError, r"ids: .*\(N,\)"),
        (lambda: streams(torch.zeros(9), 1, 2), TypeError, "ids: expected a tensor of integers"),
        (lambda: streams(a_text(9), 0, 2), ValueError, "size: .* above 0, got 0"),
        (lambda: streams(a_text(9), 2, 0), ValueError, "length: .* above 0, got 0"),
        (lambda: streams(a_text(4), 4, 2), ValueError, r"ids: .* B \+ 1 = 5 tokens, got 4"),
        (
            lambda: next_token_loss(build(), (torch.zeros(2, 3).long(), torch.zeros(2, 4).long())),
            ValueError,
            r"targets: expected shape \(B, T\) with B = 2, T = 3, got \(2, 4\)",
        ),
        (lambda: generate(build(), [], 3), ValueError, "prompt: expected at least one token"),
        (lambda: generate(build(), [0.5], 3), TypeError, "prompt: expected a tensor of integers"),
        (lambda: generate(build(), [1], 0), ValueError, "max_length: .* above 0, got 0"),
        (
            lambda: generate(build(), [1], 3, temperature=0),
            ValueError,
            "temperature: .* above 0, got 0",
        ),
        (lambda: generate(build(), [1], 3, top_k=0), ValueError, "top_k: .* above 0, got 0"),
        (lambda: generate(build(), [1], 3, top_p=0.0), ValueError, "top_p: .* above 0, got 0"),
    ],
)
def test_does_an_error_name_the_argument(make, error, words):
    with pytest.raises(error, match=words):
        make()
