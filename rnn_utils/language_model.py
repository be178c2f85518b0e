"""Models of characters or words over any recurrence: streams, loss, score, and writing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from rnn_utils._errors import expect_integers, expect_shape, expect_share, expect_sizes
from rnn_utils.decoding import sample
from rnn_utils.deep import VariationalDropout
from rnn_utils.seq2seq import State, make_layer, state_like, state_parts
from rnn_utils.training import Settings, evaluate, evaluating

__all__ = [
    "EmbeddingDropout",
    "LanguageModel",
    "generate",
    "nats_per_token",
    "next_token_loss",
    "streams",
]

NOTHING = -100  # a target that is none: what torch's cross entropy leaves out


class EmbeddingDropout(nn.Module):
    r"""Looks rows up in a table from which whole words are missing while training.

    .. math:: x_{bt} = \frac{m_{w_{bt}}}{1 - p}\, E_{w_{bt}}, \qquad
              m_v \sim \operatorname{Bernoulli}(1 - p), \qquad v = 1, \dots, V

    There is one draw for each word of the vocabulary and each call: a word that is dropped is
    missing wherever it stands in the batch, with all its features, and one that stays is scaled
    up.

    Parameters
    ----------
    p : float
        The chance that a word is dropped.

    Raises
    ------
    ValueError
        If `p` lies outside [0, 1].

    References
    ----------
    Gal, Y., Ghahramani, Z. (2016). A theoretically grounded application of dropout in recurrent
    neural networks. Advances in Neural Information Processing Systems 29.

    Chapter: 10_language_model
    """

    def __init__(self, p: float = 0.1) -> None:
        super().__init__()
        expect_share("p", p)
        self.p = p

    def extra_repr(self) -> str:
        """Return what `repr` shows between the brackets."""
        return f"p={self.p}"

    def forward(self, tokens: Tensor, table: Tensor) -> Tensor:
        """Return the rows of the tokens, some words' rows being 0.

        Parameters
        ----------
        tokens : integers, shape (B, T)
            Numbers in 0 .. V - 1.
        table : Tensor, shape (V, E)
            One row per word.

        Returns
        -------
        Tensor, shape (B, T, E)
            While training with words missing; else the rows as they are.

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        expect_shape("tokens", tokens, "B T")
        sizes = expect_shape("table", table, "V E")
        rows = nn.functional.embedding(tokens, table)  # (B, T, E)
        if not self.training or self.p == 0:
            return rows
        # m_v / (1 - p), one draw for each word v
        kept = nn.functional.dropout(table.new_ones(sizes["V"], 1), self.p)
        # x_bt = m_w / (1 - p) E_w
        return rows * nn.functional.embedding(tokens, kept)  # (B, T, E)


class LanguageModel(nn.Module):
    r"""Says at every step how likely each token is to come next, given all before it.

    .. math:: s_t = F(s_{t-1}, E_{w_t}), \qquad
              P(w_{t+1} \mid w_1, \dots, w_t) = \operatorname{softmax}(W s_t + b)

    Dropout stands where something is handed up, never on the way from step to step: on the
    embeddings, between the layers and before W.

    The state is a tensor or a tuple of two, **batch axis first**, (B, L, H), so that `step` can
    be handed to every search of `rnn_utils.decoding`. `training.fit` carries and detaches it
    with ``Settings(carry=True)`` and the loss `next_token_loss`.

    Parameters
    ----------
    vocabulary : int
        V, the tokens.
    embedding : int
        E, the features of a token's row.
    hidden : int
        H, the features of the state of one layer.
    cell : {"lstm", "gru", "rnn"} or callable
        Which recurrence: by name torch's own layer, which is fast; or a class of this package
        or of torch, or whatever takes (input_size, hidden_size, num_layers=, dropout=,
        bidirectional=) and returns a layer, batch first.
    num_layers : int
        L, the layers.
    dropout : float
        The share of the embeddings, of the states between layers, and of the states before W,
        set to 0 while training.
    embedding_dropout : float
        The share of the words that are missing from the table while training: see
        `EmbeddingDropout`. The table that is written with loses none.
    variational : bool
        Whether `dropout` draws one mask for each row of a batch, the same at all its steps;
        else one for each step.
    tied : bool
        Whether W is the table E itself, which needs E = H.

    Raises
    ------
    ValueError
        If a size is not above 0, a share lies outside [0, 1], `cell` is another word or wants
        the time axis first, or `tied` meets an embedding of another size than the state.
    TypeError
        If a size is not a whole number.

    References
    ----------
    Mikolov, T. et al. (2010). Recurrent neural network based language model. Interspeech.
    Zaremba, W., Sutskever, I., Vinyals, O. (2014). Recurrent neural network regularization.
    arXiv:1409.2329. With `variational` and `embedding_dropout`: Gal, Y., Ghahramani, Z. (2016).
    A theoretically grounded application of dropout in recurrent neural networks. Advances in
    Neural Information Processing Systems 29. With `tied`: Press, O., Wolf, L. (2017). Using the
    output embedding to improve language models. EACL.

    Chapter: 10_language_model
    """

    def __init__(
        self,
        vocabulary: int,
        embedding: int,
        hidden: int,
        cell: str | Callable[..., nn.Module] = "lstm",
        num_layers: int = 1,
        *,
        dropout: float = 0.0,
        embedding_dropout: float = 0.0,
        variational: bool = False,
        tied: bool = False,
    ) -> None:
        super().__init__()
        expect_sizes(
            vocabulary=vocabulary, embedding=embedding, hidden=hidden, num_layers=num_layers
        )
        expect_share("dropout", dropout)
        expect_share("embedding_dropout", embedding_dropout)
        if tied and embedding != hidden:
            raise ValueError(
                f"embedding: expected {hidden} features, as hidden, for with tied=True one table "
                f"serves both ends, got {embedding}"
            )
        self.vocabulary, self.hidden, self.num_layers = vocabulary, hidden, num_layers
        self.tied = tied
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.embedding_dropout = EmbeddingDropout(embedding_dropout)
        # one layer at a time where a mask of ours stands between, else all in one
        steps = [1] * num_layers if variational else [num_layers]
        sizes = [embedding] + [hidden] * (len(steps) - 1)
        made = [
            make_layer(cell, size, hidden, depth, dropout)
            for size, depth in zip(sizes, steps, strict=True)
        ]
        self.layers = nn.ModuleList(layer for layer, _ in made)
        layer, parts = made[0]
        # 1 for h, 2 for (h, c); None where a layer of another kind does not say
        self.parts = parts if isinstance(layer, nn.RNNBase) or hasattr(layer, "PARTS") else None
        self.dropout: nn.Module = (
            VariationalDropout(dropout) if variational else nn.Dropout(dropout)
        )
        self.head = nn.Linear(hidden, vocabulary)
        if tied:
            # W = E, begun as small as any W: rows of norm sqrt(E) would make the first softmax sure
            self.embedding.weight = self.head.weight

    def forward(self, tokens: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Read tokens and return the logits of what follows each of them.

        Parameters
        ----------
        tokens : integers, shape (B, T)
            Numbers in 0 .. V - 1.
        state : Tensor, shape (B, L, H), or a tuple of two, optional
            As the last call returned it; 0 where left out.

        Returns
        -------
        logits : Tensor, shape (B, T, V)
        state : Tensor, shape (B, L, H), or a tuple of two
            After the last token, with its graph: detach it, or the next backward pass goes
            through this call again.

        Raises
        ------
        ValueError
            If a shape does not fit.
        TypeError
            If the state is not what the layers carry.
        """
        sizes = expect_shape("tokens", tokens, "B T")
        before = None
        if state is not None:
            self._expect_kind(state)
            for part in state_parts(state):
                expect_shape("state", part, "B L H", B=sizes["B"], L=self.num_layers, H=self.hidden)
            before = [part.transpose(0, 1) for part in state_parts(state)]  # (L, B, H)
        x = self.embedding_dropout(tokens, self.embedding.weight)  # (B, T, E)
        each, finals = self.num_layers // len(self.layers), []
        for depth, layer in enumerate(self.layers):
            first = None
            if state is not None and before is not None:
                rows = slice(depth * each, (depth + 1) * each)
                first = state_like(state, [part[rows].contiguous() for part in before])
            # s_t = F(s_{t-1}, x_t)
            x, final = layer(self.dropout(x), first)  # (B, T, H)
            finals.append(final)
        # W s_t + b
        logits: Tensor = self.head(self.dropout(x))  # (B, T, V)
        parts = [torch.cat(part) for part in zip(*map(state_parts, finals), strict=True)]
        return logits, state_like(finals[0], [part.transpose(0, 1) for part in parts])  # (B, L, H)

    def _expect_kind(self, state: State) -> None:
        came = 1 if isinstance(state, Tensor) else len(state)
        if self.parts not in (None, came):
            names = {1: "one tensor", 2: "a tuple of 2 tensors"}
            raise TypeError(
                f"state: expected {names[self.parts]}, as the layers carry, "
                f"got {names.get(came, f'a tuple of {came}')}"
            )

    def step(self, tokens: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Read one token of each row: what the searches of `rnn_utils.decoding` ask for.

        Parameters
        ----------
        tokens : integers, shape (B,)
            Numbers in 0 .. V - 1.
        state : Tensor, shape (B, L, H), or a tuple of two, optional
            As for `forward`.

        Returns
        -------
        log_probabilities : Tensor, shape (B, V)
            Of what comes next.
        state : Tensor, shape (B, L, H), or a tuple of two

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        expect_shape("tokens", tokens, "B")
        logits, state = self(tokens.unsqueeze(1), state)  # (B, 1, V)
        # log P(. | w_1 .. w_t)
        return logits.squeeze(1).log_softmax(dim=1), cast(State, state)


def streams(ids: Tensor, size: int, length: int) -> list[tuple[Tensor, Tensor]]:
    r"""Cut a text into streams side by side so that every token but the first is a target once.

    .. math:: X^{(n)}_{bt} = w_{o_b + nT + t}, \qquad Y^{(n)}_{bt} = w_{o_b + nT + t + 1}

    The N - 1 predictions are dealt to B streams that differ in length by one at most; stream b
    begins at token :math:`o_b`, where the one before it ends. Nothing is dropped, unlike in
    `sequences.stream_batches`, which cuts the text to a multiple of B. Row b of a batch goes on
    where row b of the batch before stopped. Where a stream has ended, the target is `NOTHING`.

    Parameters
    ----------
    ids : integers, shape (N,)
        The text as numbers.
    size : int
        B, the streams.
    length : int
        T, the steps in a batch; the last may be shorter.

    Returns
    -------
    list of (inputs, targets), both integers of shape (B, T)
        Read in this order, with the state carried. `training.fit` takes the list as it is.

    Raises
    ------
    ValueError
        If `size` or `length` is below 1, `ids` is not (N,), or too short for B streams.
    TypeError
        If `size` or `length` is not a whole number, or `ids` does not hold integers.

    References
    ----------
    Chapter: 10_language_model
    """
    expect_shape("ids", ids, "N")
    expect_integers("ids", ids)
    expect_sizes(size=size, length=length)
    count, more = divmod(len(ids) - 1, size)  # the first `more` streams have one step more
    if count < 1:
        raise ValueError(f"ids: expected at least B + 1 = {size + 1} tokens, got {len(ids)}")
    row = torch.arange(size, device=ids.device).unsqueeze(1)  # (B, 1)
    t = torch.arange(count + (more > 0), device=ids.device)  # (S,)
    # o_b + t
    place = row * count + row.clamp(max=more) + t  # (B, S)
    real = t < count + (row < more)
    place = place.clamp(max=len(ids) - 2)
    ids = ids.long()  # NOTHING is no uint8, and cross entropy asks for int64
    inputs = ids[place]
    targets = ids[place + 1].masked_fill(~real, NOTHING)
    cut = (torch.split(part, length, dim=1) for part in (inputs, targets))
    return list(zip(*cut, strict=True))


def next_token_loss(
    model: nn.Module, batch: tuple[Tensor, Tensor], state: State | None = None
) -> tuple[Tensor, Tensor, State]:
    r"""Return the mean of -log P over what a batch predicts, how many that were, and the state.

    .. math:: -\frac{1}{N} \sum_{b,t} \log P(y_{bt} \mid x_{b1}, \dots, x_{bt}, s_{b0})

    Parameters
    ----------
    model : torch.nn.Module
        Called as model(inputs, state) -> (logits (B, T, V), state), as `LanguageModel`.
    batch : (inputs, targets), integers of shape (B, T)
        As `streams` or `sequences.stream_batches` give them. A target `NOTHING` counts for
        nothing.
    state : as the model's, optional
        Before the first step.

    Returns
    -------
    mean : Tensor, shape ()
        In nats per token.
    count : Tensor, shape ()
        The N targets that counted.
    state : as the model's
        After the last step, with its graph; `training.fit` detaches it.

    Raises
    ------
    ValueError
        If a shape does not fit.

    References
    ----------
    Chapter: 10_language_model
    """
    inputs, targets = batch
    sizes = expect_shape("inputs", inputs, "B T")
    expect_shape("targets", targets, "B T", **sizes)
    logits, state = model(inputs, state)  # (B, T, V)
    # the mean of -log P(y_bt) over the targets that are some
    mean = nn.functional.cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index=NOTHING
    )
    return mean, (targets != NOTHING).sum(), cast(State, state)


def nats_per_token(model: nn.Module, ids: Tensor, size: int = 1, length: int = 100) -> float:
    r"""Return the mean of -log P over every token of a text but its first.

    .. math:: -\frac{1}{N - 1} \sum_{i=2}^{N} \log P(w_i \mid w_1, \dots, w_{i-1})

    The state is carried from window to window, each token counts once, and the last window with
    as many tokens as it has. With one stream the result does not depend on `length`; with B of
    them it is sooner there, but the first tokens of B - 1 streams are predicted without their
    past. ``metrics.perplexity`` and ``metrics.bits_per_character`` turn it into theirs.

    Parameters
    ----------
    model : torch.nn.Module
        As for `next_token_loss`; it is asked in evaluation mode and left as it came.
    ids : integers, shape (N,)
        The text as numbers.
    size : int
        B, the streams.
    length : int
        T, the steps in a window.

    Returns
    -------
    float
        In nats per token.

    Raises
    ------
    ValueError, TypeError
        As `streams`.

    References
    ----------
    Chapter: 10_language_model
    """
    return evaluate(model, streams(ids, size, length), next_token_loss, Settings(carry=True))


def generate(
    model: LanguageModel,
    prompt: Tensor | Sequence[int],
    length: int,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    generator: torch.Generator | None = None,
    state: State | None = None,
) -> list[int]:
    r"""Write on from a prompt, each token drawn from the model's answer to all before it.

    .. math:: w_{t+1} \sim P(\,\cdot \mid w_1, \dots, w_t)^{1/\tau}
              \text{, normalised over the tokens that are kept}

    Parameters
    ----------
    model : LanguageModel
        Asked in evaluation mode, and left as it came.
    prompt : integers, shape (T,)
        What is read first, at least one token.
    length : int
        How many tokens to write.
    temperature : float
        :math:`\tau`: 1 leaves the distribution, towards 0 it becomes the greedy choice.
    top_k : int, optional
        Only the k likeliest tokens: see `decoding.truncate`.
    top_p : float, optional
        Only the likeliest tokens that together reach this probability.
    generator : torch.Generator, optional
        Of the draws, on the CPU; the global one where left out.
    state : as the model's, of one row, optional
        Before the prompt.

    Returns
    -------
    list of int
        The `length` tokens that were written, without the prompt.

    Raises
    ------
    ValueError
        If the prompt is empty, or a number lies outside its range.
    TypeError
        If the prompt does not hold integers.

    References
    ----------
    Holtzman, A. et al. (2020). The curious case of neural text degeneration. ICLR.

    Chapter: 10_language_model
    """
    device = next(model.parameters()).device
    read = torch.as_tensor(prompt, device=device)
    expect_shape("prompt", read, "T")
    if not len(read):
        raise ValueError("prompt: expected at least one token to go on from, got none")
    expect_integers("prompt", read)
    read = read.long().unsqueeze(0)  # (1, T)
    with evaluating(model):
        if read.shape[1] > 1:
            _, state = model(read[:, :-1], state)
        (written,) = sample(
            model.step,
            state,
            read[:, -1],
            end=-1,  # no token has this number: nothing ends before `length`
            max_length=length,
            temperature=temperature,
            generator=generator,
            top_k=top_k,
            top_p=top_p,
        )
    return list(written.tokens)
