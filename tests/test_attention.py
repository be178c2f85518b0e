"""Does attention weigh as its equations say, never touch padding, and equal torch's layers?"""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from rnn_utils import attention, decoding, seq2seq

EXACT = {"rtol": 0, "atol": 1e-12}
B, Q, T = 3, 4, 5
SCORES = ("additive", "dot", "scaled", "general")


@pytest.fixture(autouse=True)
def in_float64():
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def make(kind: str, query: int = 6, key: int = 6) -> nn.Module:
    return {
        "additive": lambda: attention.AdditiveAttention(query, key, 7),
        "dot": lambda: attention.DotAttention(),
        "scaled": lambda: attention.DotAttention(scaled=True),
        "general": lambda: attention.GeneralAttention(query, key),
    }[kind]()


def lengths_mask(lengths: list[int], steps: int) -> Tensor:
    return torch.arange(steps) < torch.tensor(lengths)[:, None]


def gradients(module: nn.Module, output: Tensor) -> dict[str, Tensor]:
    module.zero_grad()
    (output * torch.linspace(-1, 2, output.numel()).reshape(output.shape)).sum().backward()
    return {
        name: weight.grad for name, weight in module.named_parameters() if weight.grad is not None
    }


# masked softmax


def test_is_the_softmax_without_a_mask_torchs() -> None:
    scores = torch.randn(2, 3, 5)
    torch.testing.assert_close(attention.masked_softmax(scores), scores.softmax(-1), **EXACT)


def test_is_the_masked_softmax_that_of_the_real_scores_alone() -> None:
    scores, counts = torch.randn(4, 6), [6, 4, 1, 2]
    weights = attention.masked_softmax(scores, lengths_mask(counts, 6))
    for row, count in enumerate(counts):
        torch.testing.assert_close(
            weights[row, :count], scores[row, :count].softmax(-1), rtol=0, atol=1e-15
        )
        assert (weights[row, count:] == 0).all()


@pytest.mark.parametrize("filler", [0.0, 1e300, -1e300, math.inf, -math.inf, math.nan])
def test_does_what_stands_on_padding_never_matter(filler: float) -> None:
    """Does neither a value nor a gradient change, whatever the masked scores hold?"""
    mask = torch.tensor([[True, False, True], [False, False, False]])
    clean = torch.tensor([[1.0, 0.0, 2.0], [0.0, 0.0, 0.0]], requires_grad=True)
    dirty = clean.detach().masked_fill(~mask, filler).requires_grad_()
    for scores in (clean, dirty):
        weights = attention.masked_softmax(scores, mask)
        (weights * torch.tensor([[1.0, 5.0, -2.0], [3.0, 1.0, 4.0]])).sum().backward()
        assert (weights[~mask] == 0).all()
        assert (scores.grad[~mask] == 0).all()
    torch.testing.assert_close(clean.grad, dirty.grad, rtol=0, atol=0)
    assert clean.grad[0].abs().max() > 0.1


def test_is_the_gradient_of_the_masked_softmax_right() -> None:
    scores = torch.randn(3, 5, requires_grad=True)
    mask = lengths_mask([5, 3, 0], 5)
    assert torch.autograd.gradcheck(lambda s: attention.masked_softmax(s, mask), scores)


@pytest.mark.filterwarnings("ignore:Anomaly Detection has been enabled")
def test_does_no_nan_arise_on_the_way_back() -> None:
    """Does autograd's own alarm stay silent on an empty row?"""
    scores = torch.randn(2, 3, requires_grad=True)
    with torch.autograd.detect_anomaly(check_nan=True):
        weights = attention.masked_softmax(scores, lengths_mask([2, 0], 3))
        weights[:, 0].sum().backward()
    assert torch.isfinite(scores.grad).all()


def test_do_scores_of_a_thousand_neither_overflow_nor_lose_their_order() -> None:
    weights = attention.masked_softmax(
        torch.tensor([[1000.0, 999.0]]), torch.tensor([[True, True]])
    )
    assert weights[0, 0].item() == pytest.approx(1 / (1 + math.exp(-1)), abs=1e-12)


def test_may_the_masked_softmax_have_no_position_at_all() -> None:
    empty = torch.zeros(2, 0)
    assert attention.masked_softmax(empty, empty.bool()).shape == (2, 0)


def test_does_a_mask_of_numbers_or_of_another_shape_name_itself() -> None:
    with pytest.raises(TypeError, match=r"mask: expected booleans.*int64"):
        attention.masked_softmax(torch.zeros(2, 3), torch.ones(2, 3, dtype=torch.long))
    with pytest.raises(ValueError, match=r"mask: expected a shape that broadcasts.*\(2, 4\)"):
        attention.masked_softmax(torch.zeros(2, 3), torch.ones(2, 4, dtype=torch.bool))


def test_does_the_causal_mask_show_the_past_and_itself() -> None:
    mask = attention.causal_mask(4)
    assert mask.shape == (1, 4, 4)
    for t in range(4):
        assert mask[0, t].tolist() == [j <= t for j in range(4)]
    with pytest.raises(ValueError, match="steps"):
        attention.causal_mask(-1)


# the four scores


@pytest.mark.parametrize("kind", SCORES)
def test_is_each_score_what_its_equation_says_pair_by_pair(kind: str) -> None:
    module, query, keys = make(kind), torch.randn(B, Q, 6), torch.randn(B, T, 6)
    weights = dict(module.named_parameters())
    scores = module.score(query, keys)
    assert scores.shape == (B, Q, T)
    for b in range(B):
        for i in range(Q):
            for j in range(T):
                s, h = query[b, i], keys[b, j]
                if kind == "additive":
                    hidden = torch.tanh(weights["weight_query"] @ s + weights["weight_key"] @ h)
                    expected = weights["weight_score"] @ hidden
                elif kind == "general":
                    expected = s @ (weights["weight"] @ h)
                else:
                    expected = s @ h / (math.sqrt(6) if kind == "scaled" else 1)
                torch.testing.assert_close(scores[b, i, j], expected, **EXACT)


@pytest.mark.parametrize("kind", SCORES)
def test_is_the_context_the_weighted_mean_of_the_values(kind: str) -> None:
    module, query, keys = make(kind), torch.randn(B, Q, 6), torch.randn(B, T, 6)
    values, mask = torch.randn(B, T, 2), lengths_mask([5, 2, 3], T)
    context, weights = module(query, keys, values, mask)
    assert context.shape == (B, Q, 2)
    assert weights.shape == (B, Q, T)
    torch.testing.assert_close(weights.sum(-1), torch.ones(B, Q), **EXACT)
    for b in range(B):
        for i in range(Q):
            mean = sum(weights[b, i, j] * values[b, j] for j in range(T))
            torch.testing.assert_close(context[b, i], mean, **EXACT)
    torch.testing.assert_close(
        module(query, keys, mask=mask)[0], module(query, keys, keys, mask)[0], rtol=0, atol=0
    )


def test_is_scaled_dot_attention_torchs_own() -> None:
    query, keys, values = torch.randn(B, Q, 6), torch.randn(B, T, 6), torch.randn(B, T, 2)
    mask = torch.rand(B, Q, T) < 0.6
    mask[..., 0] = True
    got, _ = attention.DotAttention(scaled=True)(query, keys, values, mask)
    expected = nn.functional.scaled_dot_product_attention(query, keys, values, attn_mask=mask)
    torch.testing.assert_close(got, expected, **EXACT)


@pytest.mark.parametrize("kind", SCORES)
def test_does_padding_change_no_output_and_get_no_gradient(kind: str) -> None:
    """Is a batch with padding, NaN on it, the examples one by one, forward and backward?"""
    module, counts = make(kind), [5, 2, 0]
    mask = lengths_mask(counts, T)
    query = torch.randn(B, Q, 6, requires_grad=True)
    keys = torch.randn(B, T, 6).masked_fill(~mask.unsqueeze(-1), 7.0).requires_grad_()
    context, weights = module(query, keys, mask=mask)
    grown = gradients(module, context)
    assert all(torch.isfinite(grad).all() for grad in grown.values())
    assert (keys.grad[~mask] == 0).all()
    assert (context[2] == 0).all()
    assert (weights[2] == 0).all()
    assert (query.grad[2] == 0).all()
    for b, count in enumerate(counts):
        if count:
            alone, _ = module(query[b : b + 1], keys[b : b + 1, :count])
            torch.testing.assert_close(context[b : b + 1], alone, **EXACT)


@pytest.mark.parametrize("kind", SCORES)
def test_may_each_query_have_a_mask_of_its_own(kind: str) -> None:
    module, query, keys = make(kind), torch.randn(B, T, 6), torch.randn(B, T, 6)
    context, weights = module(query, keys, mask=attention.causal_mask(T))
    assert (weights.triu(1) == 0).all()
    for i in range(T):
        alone, _ = module(query[:, i : i + 1], keys[:, : i + 1])
        torch.testing.assert_close(context[:, i : i + 1], alone, **EXACT)


@pytest.mark.parametrize(
    ("kind", "count"), [("additive", 7 * (3 + 5 + 1)), ("dot", 0), ("scaled", 0), ("general", 15)]
)
def test_does_a_score_learn_as_many_numbers_as_it_says(kind: str, count: int) -> None:
    assert sum(weight.numel() for weight in make(kind, 3, 5).parameters()) == count


def test_may_query_and_key_differ_in_size_where_weights_allow_it() -> None:
    query, keys = torch.randn(B, Q, 3), torch.randn(B, T, 5)
    for kind in ("additive", "general"):
        assert make(kind, 3, 5)(query, keys)[0].shape == (B, Q, 5)
    with pytest.raises(
        ValueError, match=r"keys: expected shape \(B, T, D\).*D = 3.*got \(3, 5, 5\)"
    ):
        make("dot")(query, keys)


@pytest.mark.parametrize("kind", SCORES)
def test_does_a_wrong_argument_of_attention_name_itself(kind: str) -> None:
    module, query, keys = make(kind), torch.randn(B, Q, 6), torch.randn(B, T, 6)
    with pytest.raises(ValueError, match=r"query: expected shape \(B, Q, D\)"):
        module(query[0], keys)
    with pytest.raises(ValueError, match=r"keys: expected shape \(B, T, D\) with B = 3"):
        module(query, keys[:2])
    with pytest.raises(ValueError, match="values: expected shape"):
        module(query, keys, keys[:, :2])
    with pytest.raises(ValueError, match="mask: expected shape"):
        module(query, keys, mask=torch.ones(B, T + 1, dtype=torch.bool))
    with pytest.raises(TypeError, match="mask: expected booleans"):
        module(query, keys, mask=torch.ones(B, T))
    if kind in ("additive", "general"):
        with pytest.raises(ValueError, match="D = 6"):
            module(query[..., :5], keys)
        with pytest.raises(ValueError, match="D = 6"):
            module(query, keys[..., :5])


def test_does_a_wrong_size_name_itself() -> None:
    with pytest.raises(ValueError, match="hidden_size"):
        attention.AdditiveAttention(3, 3, 0)
    with pytest.raises(ValueError, match="key_size"):
        attention.GeneralAttention(3, -1)
    assert repr(attention.AdditiveAttention(3, 4, 5)) == "AdditiveAttention(3, 4, 5)"
    assert repr(attention.DotAttention(scaled=True)) == "DotAttention(scaled=True)"
    assert repr(attention.GeneralAttention(3, 4)) == "GeneralAttention(3, 4)"


# a decoder with attention


def translator(cell: str = "gru", score: str = "general", feed: bool = False, layers: int = 1):
    encoder = seq2seq.Encoder(9, 3, 4, cell, num_layers=layers, bidirectional=True)
    decoder = attention.AttentionDecoder(
        7, 3, 8, encoder.features, cell, num_layers=layers, score=score, feed=feed
    )
    return seq2seq.Seq2Seq(encoder, decoder)


@pytest.mark.parametrize("feed", [False, True])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("layers", [1, 2])
def test_do_single_steps_of_the_decoder_say_what_the_whole_says(
    feed: bool, cell: str, score: str, layers: int
) -> None:
    model = translator(cell, score, feed, layers)
    source, inputs = torch.randint(1, 9, (B, T)), torch.randint(1, 7, (B, Q))
    whole = model(source, inputs, [5, 2, 3]).log_softmax(-1)
    state = model.encode(source, [5, 2, 3])
    for u in range(Q):
        assert all(len(part) == B for part in state.values())
        step, state = model.step(inputs[:, u], state)
        torch.testing.assert_close(step, whole[:, u], **EXACT)


@pytest.mark.parametrize("feed", [False, True])
def test_does_the_decoder_compute_its_equations(feed: bool) -> None:
    """Does a loop over examples, steps and positions of the source give the same logits?"""
    model = translator(feed=feed)
    decoder = model.decoder
    source, inputs = torch.randint(1, 9, (B, T)), torch.randint(1, 7, (B, Q))
    got, weights = model(source, inputs), decoder.align(inputs, model.encode(source))
    cell = nn.GRUCell(3 + (8 if feed else 0), 8)
    cell.load_state_dict({n.removesuffix("_l0"): w for n, w in decoder.layer.state_dict().items()})
    for b in range(B):
        memory, state = model.encoder(source[b : b + 1])
        s, last = state[0], torch.zeros(1, 8)
        for u in range(Q):
            x = decoder.embedding(inputs[b : b + 1, u])
            s = cell(torch.cat([x, last], 1) if feed else x, s)
            scores = torch.stack([s[0] @ decoder.attention.weight @ m for m in memory[0]])
            alpha = torch.exp(scores) / torch.exp(scores).sum()
            c = sum(alpha[t] * memory[0, t] for t in range(T))
            last = torch.tanh(decoder.combine.weight @ torch.cat([c, s[0]]))[None]
            torch.testing.assert_close(got[b, u], decoder.head(last)[0], **EXACT)
            torch.testing.assert_close(weights[b, u], alpha, **EXACT)


@pytest.mark.parametrize("feed", [False, True])
def test_does_padding_of_the_source_leave_the_decoder_alone(feed: bool) -> None:
    model, counts = translator(feed=feed), [5, 2, 1]
    source, inputs = torch.randint(1, 9, (B, T)), torch.randint(1, 7, (B, Q))
    got = model(source, inputs, counts)
    weights = model.decoder.align(inputs, model.encode(source, counts))
    for b, count in enumerate(counts):
        alone = model(source[b : b + 1, :count], inputs[b : b + 1])
        torch.testing.assert_close(got[b : b + 1], alone, **EXACT)
        assert (weights[b, :, count:] == 0).all()


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("feed", [False, True])
def test_do_the_searches_run_over_the_decoder(cell: str, feed: bool) -> None:
    """Does a beam that is wide enough find what trying all finds, its state reordered rightly?"""
    model = translator(cell, feed=feed).eval()
    source = torch.randint(1, 9, (2, T))
    with torch.no_grad():
        start = model.encode(source)
        found = decoding.beam_search(model.step, start, 1, 2, 60, 3)
        for best, every in zip(found, decoding.exhaustive(model.step, start, 1, 2, 3), strict=True):
            assert best[0].tokens == every[0].tokens
            assert best[0].log_probability == pytest.approx(every[0].log_probability, abs=1e-12)


def test_may_the_decoder_take_any_module_for_its_score() -> None:
    score = attention.AdditiveAttention(8, 6, 2)
    decoder = attention.AttentionDecoder(7, 3, 8, 6, score=score)
    assert decoder.attention is score
    state = decoder.start(torch.zeros(1, B, 8), torch.randn(B, T, 6), lengths_mask([5, 2, 3], T))
    assert decoder(torch.ones(B, 1, dtype=torch.long), state)[0].shape == (B, 1, 7)


def test_does_a_wrong_argument_of_the_decoder_name_itself() -> None:
    with pytest.raises(ValueError, match="features: expected hidden = 8 for a dot product, got 6"):
        attention.AttentionDecoder(7, 3, 8, 6, score="dot")
    with pytest.raises(ValueError, match="score: expected one of"):
        attention.AttentionDecoder(7, 3, 8, 8, score="cosine")
    decoder = attention.AttentionDecoder(7, 3, 8, 6)
    with pytest.raises(ValueError, match=r"memory: expected shape \(B, T, F\) with F = 6"):
        decoder.start(torch.zeros(1, B, 8), torch.zeros(B, T, 5), lengths_mask([5] * B, T))
    state = decoder.start(torch.zeros(1, B, 8), torch.zeros(B, T, 6), lengths_mask([5] * B, T))
    with pytest.raises(ValueError, match="h: expected shape"):
        decoder(torch.ones(B + 1, 1, dtype=torch.long), state)


# several heads


def heads(seed: int, bias: bool) -> tuple[attention.MultiHeadAttention, nn.MultiheadAttention]:
    torch.manual_seed(seed)
    theirs = nn.MultiheadAttention(12, 3, bias=bias, batch_first=True)
    for weight in theirs.parameters():
        nn.init.normal_(weight)  # torch starts the biases at 0, where a mistake would hide
    ours = attention.MultiHeadAttention(12, 3, bias=bias)
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("masked", ["no", "padding", "each query", "both"])
def test_do_the_heads_equal_torchs(seed: int, bias: bool, masked: str) -> None:
    ours, theirs = heads(seed, bias)
    data = [torch.randn(B, size, 12) for size in (Q, T, T)]
    mine, yours = ([x.clone().requires_grad_() for x in data] for _ in range(2))
    padding, own = lengths_mask([5, 3, 1], T), torch.rand(Q, T) < 0.7
    own[:, 0] = True
    mask, options = None, {}
    if masked in ("padding", "both"):
        mask, options["key_padding_mask"] = padding, ~padding
    if masked in ("each query", "both"):
        options["attn_mask"] = ~own
        mask = own[None] if mask is None else own[None] & padding[:, None]
    output, weights = ours(*mine, mask)
    expected, alphas = theirs(*yours, average_attn_weights=False, **options)
    torch.testing.assert_close(output, expected, **EXACT)
    torch.testing.assert_close(weights, alphas, **EXACT)
    expected_gradients = gradients(theirs, expected)
    for name, grad in gradients(ours, output).items():
        torch.testing.assert_close(grad, expected_gradients[name], **EXACT, msg=name)
    for a, b in zip(mine, yours, strict=True):
        torch.testing.assert_close(a.grad, b.grad, **EXACT)


def test_do_the_weights_go_back_to_torch() -> None:
    ours = attention.MultiHeadAttention(12, 3)
    theirs = nn.MultiheadAttention(12, 3, batch_first=True)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(B, T, 12)
    torch.testing.assert_close(ours(x, x)[0], theirs(x, x, x)[0], **EXACT)


@pytest.mark.parametrize("bias", [True, False])
def test_do_the_heads_start_like_torchs(bias: bool) -> None:
    torch.manual_seed(3)
    theirs = nn.MultiheadAttention(8, 2, bias=bias).state_dict()
    torch.manual_seed(3)
    ours = attention.MultiHeadAttention(8, 2, bias=bias)
    for name, weight in ours.state_dict().items():
        torch.testing.assert_close(weight, theirs[name], rtol=0, atol=0)
    before = ours.in_proj_weight.clone()
    ours.reset_parameters()
    assert not torch.equal(before, ours.in_proj_weight)


def test_has_an_empty_row_no_nan_in_any_head() -> None:
    """torch's own heads give NaN there."""
    ours, theirs = heads(0, True)
    x, mask = torch.randn(B, T, 12), lengths_mask([5, 0, 2], T)
    output, weights = ours(x, x, mask=mask)
    assert (weights[1] == 0).all()
    torch.testing.assert_close(output[1], ours.out_proj.bias.expand(T, 12), **EXACT)
    assert all(torch.isfinite(grad).all() for grad in gradients(ours, output).values())
    assert theirs(x, x, x, key_padding_mask=~mask)[0][1].isnan().all()


def test_does_one_head_equal_scaled_dot_attention_of_its_projections() -> None:
    module, x = attention.MultiHeadAttention(6, 1), torch.randn(B, T, 6)
    q, k, v = (x @ weight.T for weight in module.in_proj_weight.chunk(3))
    context, weights = attention.DotAttention(scaled=True)(q, k, v)
    output, alphas = module(x, x)
    torch.testing.assert_close(output, module.out_proj(context), **EXACT)
    torch.testing.assert_close(alphas[:, 0], weights, **EXACT)


def test_does_a_wrong_argument_of_the_heads_name_itself() -> None:
    with pytest.raises(ValueError, match="num_heads: expected a divisor of embed_dim = 12, got 5"):
        attention.MultiHeadAttention(12, 5)
    with pytest.raises(ValueError, match=r"dropout: expected a share from 0 to 1, got 1\.5"):
        attention.MultiHeadAttention(12, 3, dropout=1.5)
    ours = attention.MultiHeadAttention(12, 3)
    x = torch.randn(B, T, 12)
    with pytest.raises(ValueError, match=r"query: .*E = 12.*got \(3, 5, 11\)"):
        ours(x[..., :11], x)
    with pytest.raises(ValueError, match="keys: "):
        ours(x, x[:1])
    with pytest.raises(ValueError, match=r"mask: expected shape \(B, Q, T\)"):
        ours(x, x, mask=torch.ones(T, T, T, dtype=torch.bool))
    assert repr(ours).startswith("MultiHeadAttention(\n  12, 3")


# layers


def randomise(module: nn.Module) -> None:
    for weight in module.parameters():
        nn.init.normal_(weight, std=0.5)


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("causal", [False, True])
def test_does_the_encoder_layer_equal_torchs(
    norm_first: bool, activation: str, causal: bool
) -> None:
    options = {"norm_first": norm_first, "activation": activation}
    theirs = nn.TransformerEncoderLayer(12, 3, 20, dropout=0.0, batch_first=True, **options)
    randomise(theirs)
    ours = attention.TransformerEncoderLayer(12, 3, 20, **options)
    ours.load_state_dict(theirs.state_dict())
    theirs.load_state_dict(ours.state_dict())
    mask, data = lengths_mask([5, 3, 1], T), torch.randn(B, T, 12)
    mine, yours = data.clone().requires_grad_(), data.clone().requires_grad_()
    future = torch.ones(T, T, dtype=torch.bool).triu(1) if causal else None
    output = ours(mine, mask, causal=causal)
    expected = theirs(yours, src_mask=future, src_key_padding_mask=~mask)
    torch.testing.assert_close(output, expected, **EXACT)
    grads, others = gradients(ours, output), gradients(theirs, expected)
    assert grads.keys() == others.keys()
    for name, grad in grads.items():
        torch.testing.assert_close(grad, others[name], rtol=1e-12, atol=1e-11, msg=name)
    torch.testing.assert_close(mine.grad, yours.grad, rtol=1e-12, atol=1e-11)


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("causal", [False, True])
def test_does_the_decoder_layer_equal_torchs(
    norm_first: bool, activation: str, causal: bool
) -> None:
    options = {"norm_first": norm_first, "activation": activation}
    theirs = nn.TransformerDecoderLayer(12, 3, 20, dropout=0.0, batch_first=True, **options)
    randomise(theirs)
    ours = attention.TransformerDecoderLayer(12, 3, 20, **options)
    ours.load_state_dict(theirs.state_dict())
    mask, memory_mask = lengths_mask([4, 3, 1], Q), lengths_mask([5, 1, 3], T)
    data = [torch.randn(B, Q, 12), torch.randn(B, T, 12)]
    mine, yours = ([x.clone().requires_grad_() for x in data] for _ in range(2))
    future = torch.ones(Q, Q, dtype=torch.bool).triu(1) if causal else None
    output = ours(*mine, mask, memory_mask, causal=causal)
    expected = theirs(
        *yours, tgt_mask=future, tgt_key_padding_mask=~mask, memory_key_padding_mask=~memory_mask
    )
    torch.testing.assert_close(output, expected, **EXACT)
    grads, others = gradients(ours, output), gradients(theirs, expected)
    assert grads.keys() == others.keys()
    for name, grad in grads.items():
        torch.testing.assert_close(grad, others[name], rtol=1e-12, atol=1e-11, msg=name)
    for a, b in zip(mine, yours, strict=True):
        torch.testing.assert_close(a.grad, b.grad, rtol=1e-12, atol=1e-11)


def test_do_the_layers_start_like_torchs() -> None:
    for ours, theirs in (
        (attention.TransformerEncoderLayer, nn.TransformerEncoderLayer),
        (attention.TransformerDecoderLayer, nn.TransformerDecoderLayer),
    ):
        torch.manual_seed(5)
        expected = theirs(8, 2, 16, batch_first=True).state_dict()
        torch.manual_seed(5)
        for name, weight in ours(8, 2, 16).state_dict().items():
            torch.testing.assert_close(weight, expected[name], rtol=0, atol=0)


def test_does_dropout_act_in_training_only() -> None:
    layer, x = attention.TransformerDecoderLayer(8, 2, 16, dropout=0.5), torch.randn(B, T, 8)
    assert not torch.equal(layer(x, x), layer(x, x))
    layer.eval()
    torch.testing.assert_close(layer(x, x), layer(x, x), rtol=0, atol=0)


def test_does_dropout_reach_the_weights_of_the_heads() -> None:
    heads, x = attention.MultiHeadAttention(8, 2, dropout=0.25), torch.randn(40, 9, 8)
    (_, dropped), (_, weights) = heads(x, x), heads.eval()(x, x)
    kept = dropped != 0
    torch.testing.assert_close(dropped[kept], (weights / 0.75)[kept])
    assert kept.double().mean().item() == pytest.approx(0.75, abs=0.03)
    torch.testing.assert_close(weights.sum(-1), torch.ones(40, 2, 9))


def test_does_a_causal_layer_never_see_the_future() -> None:
    layer, x = attention.TransformerEncoderLayer(8, 2, 16), torch.randn(1, T, 8)
    x.requires_grad_()
    for t in range(T):
        (grad,) = torch.autograd.grad(layer(x, causal=True)[0, t].pow(2).sum(), x)
        assert (grad[0, t + 1 :] == 0).all()
        assert (grad[0, : t + 1] != 0).any(-1).all()


def test_does_self_attention_permute_with_its_input() -> None:
    layer, x = attention.TransformerEncoderLayer(8, 2, 16), torch.randn(B, T, 8)
    order = torch.randperm(T)
    torch.testing.assert_close(layer(x)[:, order], layer(x[:, order]), **EXACT)


def test_does_a_wrong_argument_of_a_layer_name_itself() -> None:
    with pytest.raises(ValueError, match="activation: expected one of 'relu', 'gelu', got 'tanh'"):
        attention.TransformerEncoderLayer(8, 2, activation="tanh")
    with pytest.raises(ValueError, match="dim_feedforward"):
        attention.TransformerDecoderLayer(8, 2, 0)
    layer = attention.TransformerEncoderLayer(8, 2, 16)
    for causal in (False, True):
        with pytest.raises((TypeError, ValueError), match="mask: "):
            layer(torch.randn(B, T, 8), torch.ones(B, T), causal=causal)
        with pytest.raises(ValueError, match=r"x: expected shape \(B, T, E\) with E = 8"):
            layer(torch.randn(B, T, 7), causal=causal)


# positions


def test_are_the_positions_sines_and_cosines() -> None:
    table = attention.sinusoidal_positions(9, 6)
    assert table.shape == (9, 6)
    for t in range(9):
        for i in range(3):
            angle = t * 10000 ** (-2 * i / 6)
            assert table[t, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-14)
            assert table[t, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-14)
    later = attention.sinusoidal_positions(4, 6, start=5, dtype=torch.float32)
    torch.testing.assert_close(later, table[5:].float(), rtol=0, atol=0)


def test_does_a_shift_of_positions_rotate_each_pair() -> None:
    """Is p_{t+k} the same linear map of p_t for all t?"""
    table = attention.sinusoidal_positions(50, 8)
    found = torch.linalg.lstsq(table[:40], table[7:47]).solution
    torch.testing.assert_close(table[:40] @ found, table[7:47], rtol=0, atol=1e-9)


def test_does_a_wrong_size_of_positions_name_itself() -> None:
    with pytest.raises(ValueError, match="features: expected an even number, got 5"):
        attention.sinusoidal_positions(3, 5)
    with pytest.raises(ValueError, match="start"):
        attention.sinusoidal_positions(3, 4, start=-1)


# the Transformer


@pytest.mark.parametrize("positions", ["sinusoidal", "learned", "none"])
def test_is_the_causal_transformer_torchs_layers_in_a_row(positions: str) -> None:
    ours = attention.Transformer(7, 8, 2, 2, positions=positions)
    theirs = [nn.TransformerEncoderLayer(8, 2, 32, 0.0, norm_first=True, batch_first=True)] * 2
    tokens = torch.randint(7, (B, T))
    x = ours.embedding(tokens)
    if positions == "sinusoidal":
        x = x + attention.sinusoidal_positions(T, 8)
    elif positions == "learned":
        x = x + ours.position.weight[:T]
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    for layer, theirs_layer in zip(ours.layers, theirs, strict=True):
        theirs_layer.load_state_dict(layer.state_dict())
        x = theirs_layer(x, src_mask=future)
    torch.testing.assert_close(ours(tokens), ours.head(ours.norm(x)), **EXACT)


def test_is_the_transformer_with_an_encoder_torchs() -> None:
    ours = attention.Transformer(7, 8, 2, 2, source_vocabulary=5)
    options = {"dropout": 0.0, "batch_first": True, "norm_first": True}
    layer = nn.TransformerEncoderLayer(8, 2, 32, **options)
    encoder = nn.TransformerEncoder(layer, 2, nn.LayerNorm(8), enable_nested_tensor=False)
    layer = nn.TransformerDecoderLayer(8, 2, 32, **options)
    decoder = nn.TransformerDecoder(layer, 2, nn.LayerNorm(8))
    encoder.layers.load_state_dict(ours.encoder.state_dict())
    decoder.layers.load_state_dict(ours.layers.state_dict())
    source, tokens, mask = (
        torch.randint(5, (B, T)),
        torch.randint(7, (B, Q)),
        lengths_mask([5, 2, 3], T),
    )
    positions = attention.sinusoidal_positions(T, 8)
    memory = encoder(ours.source_embedding(source) + positions, src_key_padding_mask=~mask)
    expected = decoder(
        ours.embedding(tokens) + positions[:Q],
        memory,
        tgt_mask=torch.ones(Q, Q, dtype=torch.bool).triu(1),
        memory_key_padding_mask=~mask,
    )
    torch.testing.assert_close(ours(tokens, source, mask), ours.head(expected), **EXACT)


@pytest.mark.parametrize("positions", ["sinusoidal", "learned", "none"])
@pytest.mark.parametrize("encoder", [False, True])
def test_do_single_steps_say_what_the_whole_says(positions: str, encoder: bool) -> None:
    model = attention.Transformer(
        7, 8, 2, 2, source_vocabulary=5 if encoder else None, positions=positions
    )
    source = torch.randint(5, (B, T)) if encoder else None
    mask = lengths_mask([5, 2, 3], T) if encoder else None
    tokens = torch.randint(7, (B, 6))
    whole = model(tokens, source, mask).log_softmax(-1)
    state = model.start(B, source, mask)
    for t in range(6):
        assert all(len(kept) == B for kept in state.values())
        step, state = model.step(tokens[:, t], state)
        torch.testing.assert_close(step, whole[:, t], **EXACT)


def test_does_a_wrong_argument_of_the_transformer_name_itself() -> None:
    alone = attention.Transformer(7, 8, 2, 1, positions="learned", max_length=4)
    tokens = torch.zeros(B, 3, dtype=torch.long)
    with pytest.raises(ValueError, match="source: expected None"):
        alone(tokens, tokens)
    with pytest.raises(ValueError, match="at most max_length = 4 positions, got 5"):
        alone(torch.zeros(B, 5, dtype=torch.long))
    with pytest.raises(ValueError, match=r"tokens: expected shape \(B, Q\)"):
        alone(tokens[0])
    pair = attention.Transformer(7, 8, 2, 1, source_vocabulary=5)
    with pytest.raises(ValueError, match="source: expected tokens"):
        pair(tokens)
    with pytest.raises(ValueError, match="source: expected shape"):
        pair.start(B + 1, tokens)
    with pytest.raises(ValueError, match="positions: expected one of"):
        attention.Transformer(7, 8, 2, 1, positions="rotary")
    with pytest.raises(ValueError, match="d_model: expected an even number for sinusoidal"):
        attention.Transformer(7, 5, 1, 1)
    attention.Transformer(7, 5, 1, 1, positions="learned")
    with pytest.raises(ValueError, match="d_model: expected a number above 0"):
        attention.Transformer(7, -4, 1, 1)
    for call in (alone.start, lambda batch, **given: alone(tokens, **given)):
        with pytest.raises(ValueError, match="source_mask: expected None without a source"):
            call(B, source_mask=torch.ones(B, 3, dtype=torch.bool))
