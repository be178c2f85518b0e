"""Are the two networks torch's own, put together right, and does padding count for nothing?"""

from __future__ import annotations

import functools
import math

import pytest
import torch
from torch import nn

from rnn_utils.decoding import beam_search, exhaustive, greedy
from rnn_utils.gru import GRU, MGU
from rnn_utils.lstm import LSTM
from rnn_utils.rnn import RNN
from rnn_utils.seq2seq import Bridge, Decoder, Encoder, Seq2Seq, masked_cross_entropy, shift

START, END = 1, 2
OURS = {"rnn": RNN, "gru": GRU, "lstm": LSTM}
assert_same = functools.partial(torch.testing.assert_close, rtol=0, atol=1e-12)


@pytest.fixture(autouse=True)
def _float64():
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def parts(state):
    return (state,) if isinstance(state, torch.Tensor) else state


def a_model(cell="gru", layers=1, bidirectional=True, hidden=7, written=None, dropout=0.0):
    encoder = Encoder(11, 5, hidden, cell, layers, bidirectional, dropout)
    return Seq2Seq(encoder, Decoder(9, 4, written or 6, cell, layers, dropout))


def a_batch():
    """Return sources (4, 6) with lengths, and targets (4, 5) with lengths, padded with 0."""
    lengths, sizes = torch.tensor([3, 6, 1, 5]), torch.tensor([5, 2, 3, 1])
    source, targets = torch.randint(3, 11, (4, 6)), torch.randint(3, 9, (4, 5))
    source[torch.arange(6) >= lengths[:, None]] = 0
    targets[torch.arange(5) >= sizes[:, None]] = 0
    targets[torch.arange(4), sizes - 1] = END
    return source, lengths, targets, sizes


# The encoder


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_does_the_encoder_read_a_batch_as_it_reads_each_source_alone(cell, layers, bidirectional):
    """Is padding never read, nor what stands there, and does memory hold 0 on it?"""
    encoder = Encoder(11, 5, 7, cell, layers, bidirectional)
    source, lengths, _, _ = a_batch()
    source[torch.arange(6) >= lengths[:, None]] = 10  # padding of another kind
    memory, state = encoder(source, lengths)
    features = 14 if bidirectional else 7
    assert encoder.features == features
    assert memory.shape == (4, 6, features)
    for part in parts(state):
        assert part.shape == (layers, 4, features)
    for row, length in enumerate(lengths):
        alone, last = encoder(source[row : row + 1, :length])
        assert_same(memory[row, :length], alone[0])
        assert not memory[row, length:].any()
        for ours, theirs in zip(parts(state), parts(last), strict=True):
            assert_same(ours[:, row : row + 1], theirs)


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_is_the_encoder_torch_s_layer_and_its_directions_side_by_side(cell):
    encoder = Encoder(11, 5, 7, cell, 2, bidirectional=True)
    source, _, _, _ = a_batch()
    theirs = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[cell](
        5, 7, 2, bidirectional=True, batch_first=True
    )
    theirs.load_state_dict(encoder.layer.state_dict())
    output, final = theirs(nn.functional.embedding(source, encoder.embedding.weight))
    memory, state = encoder(source)
    assert_same(memory, output)
    for ours, part in zip(parts(state), parts(final), strict=True):
        for layer in range(2):
            assert_same(ours[layer], torch.cat([part[2 * layer], part[2 * layer + 1]], dim=1))
    # the forward half of the last layer's state is its last output, the other half its first
    assert_same(parts(state)[0][1, :, :7], memory[:, -1, :7])
    assert_same(parts(state)[0][1, :, 7:], memory[:, 0, 7:])


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("layers", [1, 2])
def test_is_a_model_of_our_layers_that_of_torch_s(cell, layers):
    """Are logits and gradients equal, with lengths, when a class is given instead of a name?"""
    theirs, ours = a_model(cell, layers), a_model(OURS[cell], layers)
    ours.load_state_dict(theirs.state_dict())
    source, lengths, targets, sizes = a_batch()
    gradients = []
    for model in (theirs, ours):
        logits = model(source, shift(targets, START), lengths)
        masked_cross_entropy(logits, targets, lengths=sizes).backward()
        gradients.append([logits, *(p.grad for p in model.parameters())])
    for a, b in zip(*gradients, strict=True):
        assert_same(a, b)


@pytest.mark.parametrize(
    "cell",
    [
        MGU,
        nn.LSTM,
        functools.partial(LSTM, peephole=True),
        functools.partial(GRU, reset_after=False),
    ],
    ids=["MGU", "torch.nn.LSTM", "peepholes", "Cho's GRU"],
)
def test_may_any_layer_be_a_cell(cell):
    model = a_model(cell)
    source, lengths, targets, sizes = a_batch()
    logits = model(source, shift(targets, START), lengths)
    masked_cross_entropy(logits, targets, lengths=sizes).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


# The bridge


@pytest.mark.parametrize(("parts_", "layers"), [(1, 1), (1, 3), (2, 2)])
def test_does_the_bridge_map_every_layer_by_its_own_weights(parts_, layers):
    bridge = Bridge(8, 5, layers, parts_)
    state = tuple(torch.randn(layers, 3, 8) for _ in range(parts_))
    mapped = parts(bridge(state[0] if parts_ == 1 else state))
    for number, (ours, part) in enumerate(zip(mapped, state, strict=True)):
        assert ours.shape == (layers, 3, 5)
        for layer in range(layers):
            f = bridge.maps[number * layers + layer]
            expected = part[layer] @ f.weight.T + f.bias
            assert_same(ours[layer], expected.tanh() if number == 0 else expected)


def test_does_a_state_that_fits_pass_as_it_is():
    model = a_model("lstm", layers=2, bidirectional=False, hidden=6)
    assert not list(model.bridge.parameters())
    source, lengths, _, _ = a_batch()
    _, final = model.encoder(source, lengths)
    for ours, part in zip(model.encode(source, lengths), final, strict=True):
        assert_same(ours, part.transpose(0, 1))


# The whole


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("layers", [1, 2])
def test_is_a_row_of_steps_the_call_with_the_whole_target(cell, layers):
    model = a_model(cell, layers)
    source, lengths, targets, _ = a_batch()
    inputs = shift(targets, START)
    whole = model(source, inputs, lengths).log_softmax(dim=-1)  # (B, U, V)
    state = model.encode(source, lengths)
    for u in range(inputs.shape[1]):
        logs, state = model.step(inputs[:, u], state)
        assert_same(logs, whole[:, u])
        assert_same(logs.exp().sum(dim=1), torch.ones(4))
        for part in parts(state):
            assert part.shape == (4, layers, 6)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_does_no_example_touch_another(cell):
    """Do the logits of one example depend on that example and on the tokens before alone?"""
    model = a_model(cell)
    source, lengths, targets, _ = a_batch()
    inputs = shift(targets, START)
    before = model(source, inputs, lengths)
    source[1], inputs[1] = 4, 5
    inputs[2, 3:] = 6
    source[0, 3:] = 7  # past the end of source 0
    after = model(source, inputs, lengths)
    assert_same(after[[0, 3]], before[[0, 3]])
    assert_same(after[2, :3], before[2, :3])
    assert (after[1] - before[1]).abs().max() > 1e-6
    assert (after[2, 3:] - before[2, 3:]).abs().max() > 1e-6


def test_is_the_free_run_the_greedy_search():
    model = a_model("gru").eval()
    source, lengths, _, _ = a_batch()
    inputs = torch.full((4, 8), START)
    inputs[:, 1:] = 3  # never read
    logits = model(source, inputs, lengths, forcing=0.0).detach()
    tokens = logits.argmax(dim=-1)
    for row, found in enumerate(greedy(model.step, model.encode(source, lengths), START, END, 8)):
        assert tuple(tokens[row, : found.length].tolist())[: len(found.tokens)] == found.tokens
        logs = logits[row].log_softmax(dim=-1).gather(1, tokens[row].unsqueeze(1))
        assert found.log_probability == pytest.approx(float(logs[: found.length].sum()), abs=1e-9)


def test_does_scheduled_sampling_read_the_true_token_as_often_as_it_says():
    """Is each step after a true token that of teacher forcing, and the share of them right?"""
    model = a_model("gru").eval()
    source, inputs = torch.randint(3, 11, (500, 3)), torch.randint(3, 9, (500, 2))
    inputs[:, 0] = START
    forced, free = (model(source, inputs, forcing=f) for f in (1.0, 0.0))
    generator = torch.Generator().manual_seed(3)
    mixed = model(source, inputs, forcing=0.7, generator=generator)
    assert_same(mixed[:, 0], forced[:, 0])
    as_forced = (mixed[:, 1] - forced[:, 1]).abs().amax(dim=1) < 1e-9
    as_free = (mixed[:, 1] - free[:, 1]).abs().amax(dim=1) < 1e-9
    assert (as_forced | as_free).all()
    differ = (forced[:, 1] - free[:, 1]).abs().amax(dim=1) > 1e-9
    assert float(as_forced[differ].double().mean()) == pytest.approx(0.7, abs=0.1)
    assert_same(model(source, inputs, forcing=1 - 1e-12), forced)


def test_has_each_token_of_scheduled_sampling_a_draw_of_its_own():
    """Is it the row of single steps that read what the generator's draws say?"""
    model = a_model("gru").eval()
    source, inputs = torch.randint(3, 11, (50, 3)), torch.randint(3, 9, (50, 5))
    true = torch.rand(50, 5, generator=torch.Generator().manual_seed(3)) < 0.5
    state, guess = model.encode(source), inputs[:, 0]
    expected = []
    for u in range(5):
        logs, state = model.step(torch.where(true[:, u], inputs[:, u], guess), state)
        expected.append(logs)
        guess = logs.argmax(dim=1)
    torch.manual_seed(4)  # which says nothing
    generator = torch.Generator().manual_seed(3)
    mixed = model(source, inputs, forcing=0.5, generator=generator)
    assert_same(mixed.log_softmax(dim=2), torch.stack(expected, dim=1))


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_does_a_wide_beam_over_the_model_find_the_best_of_all(cell):
    """Is the state reordered with the beginnings, for h and for (h, c)?"""
    torch.manual_seed(1)
    model = Seq2Seq(Encoder(11, 5, 7, cell), Decoder(4, 4, 7, cell, num_layers=1)).eval()
    for parameter in model.parameters():
        parameter.data.mul_(2.0)
    source, lengths, _, _ = a_batch()
    state = model.encode(source, lengths)
    for alpha in (0.0, 1.0):
        every = exhaustive(model.step, state, START, END, 4, alpha)
        wide = beam_search(model.step, state, START, END, 4**4, 4, alpha)
        for ours, theirs in zip(wide, every, strict=True):
            assert [h.tokens for h in ours] == [h.tokens for h in theirs]
        for row, hypotheses in enumerate(every):
            total = sum(math.exp(h.log_probability) for h in hypotheses)
            assert total == pytest.approx(1.0, abs=1e-9)
            tokens = torch.tensor([[START, *hypotheses[0].tokens]])
            n = int(lengths[row])
            logs = model(source[row : row + 1, :n], tokens).detach().log_softmax(dim=-1)[0]
            said = torch.tensor([*hypotheses[0].tokens, END][: hypotheses[0].length])
            expected = float(logs[torch.arange(len(said)), said].sum())
            assert hypotheses[0].log_probability == pytest.approx(expected, abs=1e-9)


def test_can_it_learn_to_reverse_three_symbols():
    """Does a small model reach full exact match on a task that needs all of the source?"""
    torch.set_default_dtype(torch.float32)
    torch.manual_seed(0)
    digits = torch.cartesian_prod(*[torch.arange(3, 7)] * 3)  # (64, 3)
    targets = torch.cat([digits.flip(1), torch.full((64, 1), END)], dim=1)
    model = Seq2Seq(Encoder(7, 8, 32), Decoder(7, 8, 32))
    optimiser = torch.optim.Adam(model.parameters(), 1e-2)
    every = torch.ones_like(targets, dtype=torch.bool)
    for _ in range(150):
        loss = masked_cross_entropy(model(digits, shift(targets, START)), targets, every)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    found = greedy(model.step, model.encode(digits), START, END, 6)
    assert [h.tokens for h in found] == [tuple(row) for row in digits.flip(1).tolist()]


def test_does_dropout_act_while_training_only():
    model = a_model("gru", layers=2, dropout=0.5)
    source, lengths, targets, _ = a_batch()
    inputs = shift(targets, START)
    assert not torch.equal(model(source, inputs, lengths), model(source, inputs, lengths))
    model.eval()
    assert_same(model(source, inputs, lengths), model(source, inputs, lengths))
    assert a_model("gru", layers=1, dropout=0.5).encoder.layer.dropout == 0.0, "and no warning"


def test_does_dropout_act_before_the_last_map_too():
    """With everything dropped there, is what is left the bias?"""
    decoder = Decoder(9, 4, 6, dropout=1.0)
    logits, _ = decoder(torch.ones(2, 3, dtype=torch.long), torch.randn(2, 1, 6))
    assert_same(logits, decoder.head.bias.expand(2, 3, 9))


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_does_every_step_read_the_first_state_again_with_context(cell):
    """Is it torch's layer over [embedding; c], and are steps, greedy search and beams as before?"""
    encoder = Encoder(11, 5, 7, cell, 2, bidirectional=True)
    model = Seq2Seq(encoder, Decoder(9, 4, 6, cell, 2, context=True)).eval()
    source, lengths, targets, _ = a_batch()
    inputs = shift(targets, START)
    whole = model(source, inputs, lengths)
    decoder, first = model.decoder, model.bridge(encoder(source, lengths)[1])
    c = parts(first)[0][1]  # (B, H), of the top layer
    x = torch.cat([decoder.embedding(inputs), c.unsqueeze(1).repeat(1, 5, 1)], dim=2)
    output, _ = decoder.layer(x, first)
    assert_same(whole, torch.cat([output, x], dim=2) @ decoder.head.weight.T + decoder.head.bias)
    state = model.encode(source, lengths)
    for u in range(5):
        logs, state = model.step(inputs[:, u], state)
        assert_same(logs, whole[:, u].log_softmax(dim=1))
        assert_same(state["context"], c)
    state = model.encode(source, lengths)
    walks = greedy(model.step, state, START, END, 6)
    assert [[h] for h in walks] == beam_search(model.step, state, START, END, 1, 6)
    every = exhaustive(model.step, state, START, END, 2)
    wide = beam_search(model.step, state, START, END, 81, 2)
    assert [[h.tokens for h in hs] for hs in wide] == [[h.tokens for h in hs] for hs in every]


def test_does_the_row_of_the_padding_stay_zero():
    model = a_model()
    source, _, targets, _ = a_batch()
    every = torch.ones_like(targets, dtype=torch.bool)
    masked_cross_entropy(model(source, shift(targets, START)), targets, every).backward()
    for table in (model.encoder.embedding, model.decoder.embedding):
        assert not table.weight[0].any()
        assert not table.weight.grad[0].any()


# The loss


def test_is_the_loss_torch_s_over_the_real_tokens_and_blind_to_the_rest():
    logits = torch.randn(4, 5, 9, requires_grad=True)
    _, _, targets, sizes = a_batch()
    mask = torch.arange(5) < sizes[:, None]
    ignoring = targets.masked_fill(~mask, -100)
    expected = nn.functional.cross_entropy(logits.transpose(1, 2), ignoring)
    (gradient,) = torch.autograd.grad(expected, logits)
    for given in ({"mask": mask}, {"lengths": sizes}, {"lengths": sizes.tolist()}):
        loss = masked_cross_entropy(logits, targets, **given)
        assert_same(loss, expected)
        assert_same(torch.autograd.grad(loss, logits)[0], gradient)
    # what stands on the padding: no number, infinity, a token that does not exist
    spoilt = logits.detach().clone()
    spoilt[~mask] = math.nan
    spoilt[1, -1] = math.inf
    spoilt.requires_grad_()
    loss = masked_cross_entropy(spoilt, targets.masked_fill(~mask, 10_000), mask)
    assert_same(loss, expected)
    assert_same(torch.autograd.grad(loss, spoilt)[0], gradient)


def test_is_the_loss_a_mean_over_tokens_not_over_examples():
    """Does a batch of a short and a long example weigh each token the same?"""
    logits, targets = torch.randn(2, 4, 3), torch.randint(3, (2, 4))
    each = -logits.log_softmax(dim=-1).gather(2, targets.unsqueeze(2)).squeeze(2)  # (2, 4)
    loss = masked_cross_entropy(logits, targets, lengths=[1, 4])
    assert_same(loss, (each[0, 0] + each[1].sum()) / 5)
    wrong = (each[0, 0] + each[1].mean()) / 2
    assert abs(loss - wrong) > 1e-3


def test_does_shift_put_the_start_in_front_and_drop_the_last():
    targets = torch.tensor([[5, 6, END], [7, END, 0]])
    assert shift(targets, START).tolist() == [[START, 5, 6], [START, 7, END]]
    assert targets.tolist() == [[5, 6, END], [7, END, 0]]
    assert shift(targets[:, :0], START).shape == (2, 0)


# What is wrong


def loss_of(logits=(2, 3, 4), targets=None, **given):
    targets = torch.zeros(2, 3, dtype=torch.long) if targets is None else targets
    return masked_cross_entropy(torch.zeros(logits), targets, **given)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: loss_of(), ValueError, "mask: expected either a mask or lengths, got none"),
        (
            lambda: loss_of(mask=torch.ones(2, 3, dtype=torch.bool), lengths=[1, 2]),
            ValueError,
            "mask: expected either a mask or lengths, got both",
        ),
        (lambda: loss_of(mask=torch.ones(2, 3)), TypeError, "mask: expected booleans"),
        (
            lambda: loss_of(mask=torch.zeros(2, 3, dtype=torch.bool)),
            ValueError,
            "mask: expected at least one real token, got none",
        ),
        (
            lambda: loss_of(mask=torch.ones(2, 2, dtype=torch.bool)),
            ValueError,
            r"mask: expected shape \(B, T\) with B = 2, T = 3, got \(2, 2\)",
        ),
        (lambda: loss_of(lengths=[0, 3]), ValueError, "lengths: .* 1 to T = 3, got 0 at 0"),
        (lambda: loss_of(lengths=[1, 4]), ValueError, "lengths: .* 1 to T = 3, got 4 at 1"),
        (lambda: loss_of((2, 4), lengths=[1, 3]), ValueError, r"logits: expected shape \(B, T, V"),
        (
            lambda: loss_of(targets=torch.zeros(2, 3), lengths=[1, 3]),
            TypeError,
            "targets: expected a tensor of integers",
        ),
        (
            lambda: loss_of(targets=torch.full((2, 3), 4), lengths=[1, 3]),
            ValueError,
            r"targets: expected numbers in 0 .. V - 1 with V = 4, got 4 .. 4",
        ),
        (lambda: shift(torch.zeros(2, 3), 1), TypeError, "targets: expected a tensor of integers"),
        (lambda: shift(torch.zeros(3).long(), 1), ValueError, r"targets: .* shape \(B, U\)"),
        (lambda: Encoder(5, 4, 3, "gated"), ValueError, "cell: expected one of 'rnn', 'gru', 'l"),
        (
            lambda: Encoder(5, 4, 3, lambda *sizes, **options: nn.GRU(*sizes, **options)),
            ValueError,
            "cell: expected a layer with batch_first=True, got the time axis first",
        ),
        (lambda: Encoder(5, 4, 3, dropout=1.5), ValueError, "dropout: expected a share from 0"),
        (lambda: Decoder(5, 4, 3, dropout=-0.5), ValueError, "dropout: expected a share from 0"),
        (lambda: Bridge(3, 4, 0), ValueError, "num_layers: expected a number above 0, got 0"),
        (lambda: Bridge(3, 4, 1, 3), ValueError, "parts: expected one of 1, 2, got 3"),
        (lambda: loss_of(mask=[[True] * 3] * 2), TypeError, "mask: expected booleans.*got list"),
        (lambda: Encoder(0, 4, 3), ValueError, "vocabulary: expected a number above 0"),
        (lambda: Decoder(5, 4, 0), ValueError, "hidden: expected a number above 0"),
        (
            lambda: Seq2Seq(Encoder(5, 4, 3, "gru"), Decoder(5, 4, 3, "lstm")),
            ValueError,
            "decoder: expected 1 tensors in the state, as the encoder has, got 2",
        ),
        (
            lambda: Seq2Seq(Encoder(5, 4, 3, num_layers=2), Decoder(5, 4, 3)),
            ValueError,
            "decoder: expected 2 layers, as the encoder has, got 1",
        ),
        (
            lambda: a_model()(torch.ones(2, 3).long(), torch.ones(3, 3).long()),
            ValueError,
            r"inputs: expected shape \(B, U\) with B = 2, got \(3, 3\)",
        ),
        (
            lambda: a_model()(torch.ones(2, 3).long(), torch.ones(2, 3).long(), [3, 4]),
            ValueError,
            "lengths: expected numbers from 1 to T = 3, got 4 at 1",
        ),
        (
            lambda: a_model()(torch.ones(2, 3).long(), torch.ones(2, 3).long(), forcing=1.5),
            ValueError,
            "forcing: expected a probability from 0 to 1, got 1.5",
        ),
        (
            lambda: a_model().step(torch.ones(2).long(), torch.zeros(1, 2, 6)),
            ValueError,
            r"state: expected shape \(B, L, H\) with B = 2, L = 1, H = 6, got \(1, 2, 6\)",
        ),
        (
            lambda: a_model().step(torch.ones(2, 1).long(), torch.zeros(2, 1, 6)),
            ValueError,
            r"tokens: expected shape \(B,\), got \(2, 1\)",
        ),
    ],
)
def test_does_an_error_name_the_argument(call, error, message):
    with pytest.raises(error, match=message):
        call()
