"""An encoder, a decoder, the two together, and a loss that leaves padding out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnn_utils._errors import (
    expect_integers,
    expect_one_of,
    expect_shape,
    expect_share,
    expect_sizes,
)
from rnn_utils.recurrent import expect_mask, live_steps

__all__ = ["Bridge", "Decoder", "Encoder", "Seq2Seq", "masked_cross_entropy", "shift"]

State: TypeAlias = Tensor | tuple[Tensor, ...]  # h, or (h, c)
Lengths: TypeAlias = Tensor | Sequence[int]

CELLS: dict[str, Callable[..., nn.Module]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


def make_layer(
    cell: str | Callable[..., nn.Module],
    input_size: int,
    hidden_size: int,
    num_layers: int,
    dropout: float,
    bidirectional: bool = False,
) -> tuple[nn.Module, int]:
    """Return a recurrent layer, batch first, and the number of tensors in its state."""
    expect_share("dropout", dropout)
    if not callable(cell):
        expect_one_of("cell", cell, CELLS)
        cell = CELLS[cell]
    options: dict[str, Any] = {"num_layers": num_layers, "bidirectional": bidirectional}
    # between layers only, and there is no between in a single one
    options["dropout"] = dropout if num_layers > 1 else 0.0
    if isinstance(cell, type) and issubclass(cell, nn.RNNBase):
        options["batch_first"] = True
    layer = cell(input_size, hidden_size, **options)
    if not getattr(layer, "batch_first", True):
        raise ValueError("cell: expected a layer with batch_first=True, got the time axis first")
    return layer, int(getattr(layer, "PARTS", 2 if isinstance(layer, nn.LSTM) else 1))


def state_parts(state: State) -> tuple[Tensor, ...]:
    """Return the tensors of a state, h or h and c, as a tuple."""
    return (state,) if isinstance(state, Tensor) else tuple(state)


def state_like(state: State, parts: Sequence[Tensor]) -> State:
    """Return other tensors in the form of a state."""
    return parts[0] if isinstance(state, Tensor) else tuple(parts)


def read_padded(layer: nn.Module, x: Tensor, counts: Tensor) -> tuple[Tensor, State]:
    """Run a layer over padded sequences (B, T, D), no step past the end of any; 0 on padding."""
    packed = pack_padded_sequence(x, counts.cpu(), batch_first=True, enforce_sorted=False)
    output, state = layer(packed)
    output, _ = pad_packed_sequence(output, batch_first=True, total_length=x.shape[1])
    return output, state


class Encoder(nn.Module):
    r"""Reads a source and hands on what it remembers at every step, and at the end.

    .. math:: m_t = F(m_{t-1}, E_{x_t}), \qquad t = 1, \dots, T

    E is a table with one row per token. A bidirectional encoder reads from both ends and puts
    the two states side by side, so that both its outputs and its final state have 2 H features.

    Parameters
    ----------
    vocabulary : int
        V, the tokens of the source.
    embedding : int
        E, the features of a token's row.
    hidden : int
        H, the features of the state of one layer in one direction.
    cell : {"gru", "lstm", "rnn"} or callable
        Which recurrence: by name torch's own layer, which is fast; or a class of this package
        or of torch, or whatever takes (input_size, hidden_size, num_layers=, dropout=,
        bidirectional=) and returns a layer, batch first, that reads packed sequences.
    num_layers : int
        L, the layers.
    bidirectional : bool
        Whether a second direction reads from the end.
    dropout : float
        The share of the embeddings, and of the states between layers, set to 0 while training.
    padding : int or None
        The token whose row stays 0.

    Raises
    ------
    ValueError
        If a size is not above 0, `dropout` lies outside [0, 1], `cell` is another word, or its
        layer wants the time axis first.

    References
    ----------
    Cho, K. et al. (2014). Learning phrase representations using RNN encoder-decoder for
    statistical machine translation. EMNLP. Sutskever, I., Vinyals, O., Le, Q. V. (2014).
    Sequence to sequence learning with neural networks. NeurIPS 27.

    Chapter: 08_seq2seq
    """

    def __init__(
        self,
        vocabulary: int,
        embedding: int,
        hidden: int,
        cell: str | Callable[..., nn.Module] = "gru",
        num_layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        padding: int | None = 0,
    ) -> None:
        super().__init__()
        expect_sizes(
            vocabulary=vocabulary, embedding=embedding, hidden=hidden, num_layers=num_layers
        )
        self.num_layers, self.directions = num_layers, 2 if bidirectional else 1
        self.features = hidden * self.directions  # of an output and of the final state
        self.embedding = nn.Embedding(vocabulary, embedding, padding_idx=padding)
        self.layer, self.parts = make_layer(
            cell, embedding, hidden, num_layers, dropout, bidirectional
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, source: Tensor, lengths: Lengths | None = None) -> tuple[Tensor, State]:
        """Read the sources; with `lengths`, no step past the end of any.

        Parameters
        ----------
        source : integers, shape (B, T)
            The tokens.
        lengths : integers, shape (B,), optional
            The number of tokens of each source, from 1 to T, in any order; T where left out.

        Returns
        -------
        memory : Tensor, shape (B, T, directions * H)
            The states of the last layer at all steps; 0 on padding.
        state : Tensor, shape (L, B, directions * H), or a tuple of two
            The final states of every layer, h or (h, c).

        Raises
        ------
        ValueError
            If a shape does not fit or a length lies outside 1 to T.
        TypeError
            If the lengths are not integers.
        """
        sizes = expect_shape("source", source, "B T")
        x = self.dropout(self.embedding(source))  # (B, T, E)
        if lengths is None:
            memory, state = self.layer(x)
        else:
            counts = live_steps(lengths, sizes["B"], sizes["T"], torch.device("cpu")).sum(dim=1)
            memory, state = read_padded(self.layer, x, counts)
        return memory, state_like(state, [self._join(part) for part in state_parts(state)])

    def _join(self, state: Tensor) -> Tensor:
        """Put the directions of each layer side by side: (L * dirs, B, H) to (L, B, dirs * H)."""
        split = state.unflatten(0, (self.num_layers, self.directions))  # type: ignore[no-untyped-call]
        return cast(Tensor, split.transpose(1, 2).flatten(2))


class Bridge(nn.Module):
    r"""Makes the decoder's first state of the encoder's last, for every layer.

    .. math:: h_0 = \tanh(W_h\, h_T^{\mathrm{enc}} + b_h), \qquad
              c_0 = W_c\, c_T^{\mathrm{enc}} + b_c

    Where both have as many features there are no weights and the state passes as it is.

    Parameters
    ----------
    features : int
        The features of the encoder's final state.
    hidden : int
        H, the features of the decoder's.
    num_layers : int
        L, the layers; each has its own map.
    parts : int
        1 for h, 2 for (h, c).

    Raises
    ------
    ValueError
        If a size is not above 0, or `parts` is neither 1 nor 2.

    References
    ----------
    Bahdanau, D., Cho, K., Bengio, Y. (2015). Neural machine translation by jointly learning to
    align and translate. ICLR.

    Chapter: 08_seq2seq
    """

    def __init__(self, features: int, hidden: int, num_layers: int = 1, parts: int = 1) -> None:
        super().__init__()
        expect_sizes(features=features, hidden=hidden, num_layers=num_layers)
        expect_one_of("parts", parts, (1, 2))
        count = 0 if features == hidden else num_layers * parts
        self.num_layers = num_layers
        self.maps = nn.ModuleList(nn.Linear(features, hidden) for _ in range(count))

    def forward(self, state: State) -> State:
        """Map the state, (L, B, features) to (L, B, H), each of its tensors."""
        if not len(self.maps):
            return state
        mapped = []
        for number, part in enumerate(state_parts(state)):
            maps = self.maps[number * self.num_layers : (number + 1) * self.num_layers]
            # W s + b, each layer with its own
            rows = torch.stack([f(s) for f, s in zip(maps, part, strict=True)])  # (L, B, H)
            # h_0 = tanh(.), as every h is; c knows no bounds
            mapped.append(torch.tanh(rows) if number == 0 else rows)
        return state_like(state, mapped)


class Decoder(nn.Module):
    r"""Writes a target, token by token, from a first state.

    .. math:: s_u = F(s_{u-1}, E_{y_{u-1}}), \qquad
              P(y_u \mid y_{<u}, x) = \operatorname{softmax}(W s_u + b)

    With `context`, every step is reminded of the source: the recurrence reads
    :math:`[E_{y_{u-1}}; c]` and the softmax sees :math:`[s_u; E_{y_{u-1}}; c]`, where c is the
    first state of the top layer, so that s need not carry what c says already.

    A decoder that looks back at the source, too, overrides `start`, which is given the memory
    and its mask, and `forward`. Whatever it carries from step to step is its state: a tensor or
    a tuple or dict of tensors, **batch axis first**, which a search may then reorder.

    Parameters
    ----------
    vocabulary : int
        V, the tokens of the target.
    embedding : int
        E, the features of a token's row.
    hidden : int
        H, the features of the state of one layer.
    cell : {"gru", "lstm", "rnn"} or callable
        As for `Encoder`.
    num_layers : int
        L, the layers.
    dropout : float
        The share of the embeddings, of the states between layers and of those before W, set to
        0 while training.
    padding : int or None
        The token whose row stays 0.
    context : bool
        Whether every step reads the first state again.

    Raises
    ------
    ValueError
        If a size is not above 0, `dropout` lies outside [0, 1], `cell` is another word, or its
        layer wants the time axis first.

    References
    ----------
    Sutskever, I., Vinyals, O., Le, Q. V. (2014). Sequence to sequence learning with neural
    networks. NeurIPS 27. With `context`: Cho, K. et al. (2014). Learning phrase representations
    using RNN encoder-decoder for statistical machine translation. EMNLP.

    Chapter: 08_seq2seq
    """

    def __init__(
        self,
        vocabulary: int,
        embedding: int,
        hidden: int,
        cell: str | Callable[..., nn.Module] = "gru",
        num_layers: int = 1,
        dropout: float = 0.0,
        padding: int | None = 0,
        *,
        context: bool = False,
    ) -> None:
        super().__init__()
        expect_sizes(
            vocabulary=vocabulary, embedding=embedding, hidden=hidden, num_layers=num_layers
        )
        self.vocabulary, self.hidden, self.num_layers = vocabulary, hidden, num_layers
        self.context = context
        self.embedding = nn.Embedding(vocabulary, embedding, padding_idx=padding)
        read = embedding + hidden if context else embedding  # [E; c], or E
        self.layer, self.parts = make_layer(cell, read, hidden, num_layers, dropout)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden + read if context else hidden, vocabulary)

    def start(self, state: State, memory: Tensor, mask: Tensor) -> Any:
        """Return the state before the first token.

        Parameters
        ----------
        state : Tensor, shape (L, B, H), or a tuple of two
            The encoder's final state, past the bridge.
        memory : Tensor, shape (B, T, features)
            The encoder's outputs; this decoder never looks at them.
        mask : bool Tensor, shape (B, T)
            True where a token of the source is real.

        Returns
        -------
        Tensor, shape (B, L, H), or a tuple of two
            The same state, batch axis first. With `context` a dict: this under "state", and
            c, shape (B, H), under "context".
        """
        first = state_like(state, [part.transpose(0, 1) for part in state_parts(state)])
        if self.context:
            return {"state": first, "context": state_parts(state)[0][-1]}
        return first

    def forward(self, tokens: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Read tokens and return the logits of what follows each of them.

        Parameters
        ----------
        tokens : integers, shape (B, U)
            What was written so far, or the whole shifted target.
        state : Tensor, shape (B, L, H), or a tuple of two, or a dict
            As `start` or the last call returned it.

        Returns
        -------
        logits : Tensor, shape (B, U, V)
        state : as it came
            After the last token.

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        sizes = expect_shape("tokens", tokens, "B U")
        last = state["state"] if self.context else state
        for part in state_parts(last):
            expect_shape("state", part, "B L H", B=sizes["B"], L=self.num_layers, H=self.hidden)
        x = self.dropout(self.embedding(tokens))  # (B, U, E)
        if self.context:
            # [E_{y_{u-1}}; c], the same c at every step
            c = state["context"].unsqueeze(1).expand(-1, sizes["U"], -1)  # (B, U, H)
            x = torch.cat([x, c], dim=2)  # (B, U, E + H)
        before = state_like(last, [part.transpose(0, 1).contiguous() for part in state_parts(last)])
        output, after = self.layer(x, before)  # (B, U, H), (L, B, H)
        # W s_u + b, or W [s_u; E_{y_{u-1}}; c] + b
        output = self.dropout(output)
        logits: Tensor = self.head(torch.cat([output, x], dim=2) if self.context else output)
        after = state_like(
            after, [part.transpose(0, 1) for part in state_parts(after)]
        )  # (B, L, H)
        return logits, {**state, "state": after} if self.context else after


class Seq2Seq(nn.Module):
    r"""An encoder and a decoder, trained as one: the probability of a target given a source.

    .. math:: P(y \mid x) = \prod_{u=1}^{U} P(y_u \mid y_1, \dots, y_{u-1}, x)

    `step` and `encode` are what the searches of `rnn_utils.decoding` ask for:
    ``greedy(model.step, model.encode(source, lengths), start, end, max_length)``. Call
    `model.eval()` first, or dropout goes on.

    Parameters
    ----------
    encoder : Encoder
        Or a module with `features`, `num_layers` and `parts` whose forward takes (source,
        lengths) and returns (memory, state).
    decoder : Decoder
        Or a module with `hidden`, `num_layers` and `parts`, `start` and `forward` as there.

    Raises
    ------
    ValueError
        If they have another number of layers, or one carries h and the other (h, c).

    References
    ----------
    Sutskever, I., Vinyals, O., Le, Q. V. (2014). Sequence to sequence learning with neural
    networks. NeurIPS 27. Bengio, S., Vinyals, O., Jaitly, N., Shazeer, N. (2015). Scheduled
    sampling for sequence prediction with recurrent neural networks. NeurIPS 28.

    Chapter: 08_seq2seq
    """

    def __init__(self, encoder: Encoder, decoder: Decoder) -> None:
        super().__init__()
        for name, what in (("num_layers", "layers"), ("parts", "tensors in the state")):
            ours, theirs = getattr(decoder, name), getattr(encoder, name)
            if ours != theirs:
                raise ValueError(
                    f"decoder: expected {theirs} {what}, as the encoder has, got {ours}"
                )
        self.encoder, self.decoder = encoder, decoder
        self.bridge = Bridge(encoder.features, decoder.hidden, encoder.num_layers, encoder.parts)

    def encode(self, source: Tensor, lengths: Lengths | None = None) -> Any:
        """Read the sources and return the decoder's state before the first token.

        Parameters
        ----------
        source : integers, shape (B, T)
            The tokens.
        lengths : integers, shape (B,), optional
            The number of tokens of each source; T where left out.

        Returns
        -------
        state : a nest of tensors, batch axis first
            For `step`.

        Raises
        ------
        ValueError
            If a shape does not fit or a length lies outside 1 to T.
        TypeError
            If the lengths are not integers.
        """
        memory, state = self.encoder(source, lengths)
        if lengths is None:
            mask = torch.ones_like(source, dtype=torch.bool)
        else:
            mask = live_steps(lengths, source.shape[0], source.shape[1], source.device)  # (B, T)
        return self.decoder.start(self.bridge(state), memory, mask)

    def forward(
        self,
        source: Tensor,
        inputs: Tensor,
        lengths: Lengths | None = None,
        forcing: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Return the logits of each token of the target.

        With `forcing` 1 every step reads the true token before it, all steps in one call. Below
        1, a step reads the true one with that probability and otherwise the token that the
        model itself held likeliest; with 0 the model runs free, from the first of `inputs` on.

        Parameters
        ----------
        source : integers, shape (B, T)
            The tokens of the sources.
        inputs : integers, shape (B, U)
            The targets, shifted by one: see `shift`.
        lengths : integers, shape (B,), optional
            The number of tokens of each source; T where left out.
        forcing : float
            The probability of teacher forcing, for each token on its own.
        generator : torch.Generator, optional
            Of the draws, on the CPU; the global one where left out.

        Returns
        -------
        Tensor, shape (B, U, V)

        Raises
        ------
        ValueError
            If a shape does not fit, or `forcing` lies outside [0, 1].
        TypeError
            If the lengths are not integers.
        """
        if not 0 <= forcing <= 1:
            raise ValueError(f"forcing: expected a probability from 0 to 1, got {forcing}")
        expect_shape("source", source, "B T")
        expect_shape("inputs", inputs, "B U", B=len(source))
        state = self.encode(source, lengths)
        if forcing == 1:
            logits, _ = self.decoder(inputs, state)
            return cast(Tensor, logits)
        true = torch.rand(inputs.shape, generator=generator) < forcing  # (B, U)
        true = true.to(inputs.device)
        tokens, written = inputs[:, :1], []
        for u in range(inputs.shape[1]):
            # y_{u-1}, or what was likeliest to stand there
            tokens = torch.where(true[:, u : u + 1], inputs[:, u : u + 1], tokens)
            logits, state = self.decoder(tokens, state)  # (B, 1, V)
            written.append(logits)
            tokens = logits.argmax(dim=-1)  # (B, 1)
        return torch.cat(written, dim=1)  # (B, U, V)

    def step(self, tokens: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Read one token of each target, and return the log-probabilities of the next.

        Parameters
        ----------
        tokens : integers, shape (B,)
            The last token of each target.
        state : a nest of tensors, batch axis first
            As `encode` or the last step returned it.

        Returns
        -------
        log_probabilities : Tensor, shape (B, V)
        state : as it came
            After the token.

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        expect_shape("tokens", tokens, "B")
        logits, state = self.decoder(tokens.unsqueeze(1), state)  # (B, 1, V)
        return torch.log_softmax(logits[:, 0], dim=-1), state


def masked_cross_entropy(
    logits: Tensor, targets: Tensor, mask: Tensor | None = None, lengths: Lengths | None = None
) -> Tensor:
    r"""Return the mean cross entropy per real token: padding counts neither above nor below.

    .. math:: -\frac{1}{\sum_{bt} m_{bt}} \sum_{bt} m_{bt} \log P(y_{bt})

    Where the mask is False, logits and target may be anything, NaN included, and get no
    gradient.

    Parameters
    ----------
    logits : Tensor, shape (B, T, V)
        Before the softmax.
    targets : integers, shape (B, T)
        The true tokens.
    mask : bool Tensor, shape (B, T), optional
        True where a token is real.
    lengths : integers, shape (B,), optional
        The number of real tokens of each example, from 1 to T: instead of a mask.

    Returns
    -------
    Tensor, shape ()
        In nats per real token.

    Raises
    ------
    ValueError
        If a shape does not fit, both or none of `mask` and `lengths` are given, no token is
        real, or a real target is no number from 0 to V - 1.
    TypeError
        If `mask` does not hold booleans, or `targets` or `lengths` no integers.

    References
    ----------
    Cho, K. et al. (2014). Learning phrase representations using RNN encoder-decoder for
    statistical machine translation. EMNLP.

    Chapter: 08_seq2seq
    """
    sizes = expect_shape("logits", logits, "B T V")
    expect_shape("targets", targets, "B T", B=sizes["B"], T=sizes["T"])
    expect_integers("targets", targets)
    if (mask is None) == (lengths is None):
        came = "none" if mask is None else "both"
        raise ValueError(f"mask: expected either a mask or lengths, got {came}")
    if lengths is not None:
        mask = live_steps(lengths, sizes["B"], sizes["T"], logits.device)  # (B, T)
    assert mask is not None
    expect_mask("mask", mask)
    expect_shape("mask", mask, "B T", B=sizes["B"], T=sizes["T"])
    real = targets[mask]  # (N,)
    if not len(real):
        raise ValueError("mask: expected at least one real token, got none")
    if int(real.min()) < 0 or int(real.max()) >= sizes["V"]:
        raise ValueError(
            f"targets: expected numbers in 0 .. V - 1 with V = {sizes['V']}, "
            f"got {int(real.min())} .. {int(real.max())}"
        )
    # the mean of -log P(y_bt) over the N places where m_bt = 1
    return nn.functional.cross_entropy(logits[mask], real.long())


def shift(targets: Tensor, start: int) -> Tensor:
    r"""Return what a decoder reads under teacher forcing: each time the token before.

    .. math:: (y_1, \dots, y_U) \mapsto (\text{start}, y_1, \dots, y_{U-1})

    Parameters
    ----------
    targets : integers, shape (B, U)
        The targets, each with its end symbol.
    start : int
        The symbol that stands before all.

    Returns
    -------
    integers, shape (B, U)
        A new tensor.

    Raises
    ------
    ValueError
        If `targets` is not (B, U).
    TypeError
        If it does not hold integers.

    References
    ----------
    Williams, R. J., Zipser, D. (1989). A learning algorithm for continually running fully
    recurrent neural networks. Neural Computation 1, 270-280.

    Chapter: 08_seq2seq
    """
    expect_shape("targets", targets, "B U")
    expect_integers("targets", targets)
    first = targets.new_full((len(targets), 1), start)  # (B, 1)
    return torch.cat([first, targets[:, :-1]], dim=1)[:, : targets.shape[1]]  # (B, U)
