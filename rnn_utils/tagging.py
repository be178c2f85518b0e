"""Taggers: a label for every step, alone or with the labels beside it (a linear-chain CRF)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn

from rnn_utils._errors import expect_integers, expect_shape, expect_share, expect_sizes
from rnn_utils.metrics import spans
from rnn_utils.recurrent import live_steps
from rnn_utils.seq2seq import (
    Encoder,
    Lengths,
    make_layer,
    masked_cross_entropy,
    read_padded,
    state_parts,
)
from rnn_utils.sequences import Batches, Vocabulary, mask, pad
from rnn_utils.training import evaluating

__all__ = [
    "LinearChainCRF",
    "TaggedBatch",
    "TaggedBatches",
    "Tagger",
    "bio_constraints",
    "predicted_tags",
    "spans",
    "tagging_loss",
]


def bio_constraints(tags: Sequence[str]) -> tuple[Tensor, Tensor, Tensor]:
    r"""Say which BIO tags may follow each other, begin and end a sequence.

    .. math:: \mathrm{allowed}_{ij} = [\,j \ne \text{I-}k \text{ for all } k\,] \lor
              [\,j = \text{I-}k,\ i \in \{\text{B-}k, \text{I-}k\}\,]

    An inside tag goes on with a span of its own kind, so it cannot come first either; everything
    else may stand anywhere.

    Parameters
    ----------
    tags : sequence of K str
        ``"O"``, ``"B-kind"`` and ``"I-kind"``, in the order of their numbers.

    Returns
    -------
    allowed : bool Tensor, shape (K, K)
        True where column j may follow row i.
    start : bool Tensor, shape (K,)
        True where a sequence may begin so.
    end : bool Tensor, shape (K,)
        True where a sequence may end so: everywhere.

    Raises
    ------
    ValueError
        If a tag is neither O nor begins with B- or I-.

    References
    ----------
    Ramshaw, L. A., Marcus, M. P. (1995). Text chunking using transformation-based learning.
    Workshop on Very Large Corpora, 82-94.

    Chapter: 12_tagging
    """
    allowed = torch.ones(len(tags), len(tags), dtype=torch.bool)
    start = torch.ones(len(tags), dtype=torch.bool)
    for j, tag in enumerate(tags):
        spans([tag])  # or say that it is no BIO tag
        if tag[0] == "I":
            kind = tag[1:]
            start[j] = False
            # allowed_ij = [i in {B-k, I-k}]
            allowed[:, j] = torch.tensor([other in ("B" + kind, "I" + kind) for other in tags])
    return allowed, start, torch.ones_like(start)


class LinearChainCRF(nn.Module):
    r"""A probability for every sequence of tags: its steps are scored, and what follows what.

    .. math:: s(x, y) = a_{y_1} + \sum_{t=1}^{T} e_{t, y_t} + \sum_{t=2}^{T} A_{y_{t-1}, y_t}
              + b_{y_T}, \qquad P(y \mid x) = \frac{e^{s(x, y)}}{\sum_{y'} e^{s(x, y')}}

    The emissions e come from a network; `transitions` A, `start` a and `end` b are learned here.
    What is forbidden has probability 0, exactly, whatever the weights.

    Parameters
    ----------
    tags : int
        K.

    Raises
    ------
    ValueError
        If `tags` is not above 0.

    References
    ----------
    Lafferty, J., McCallum, A., Pereira, F. (2001). Conditional random fields: probabilistic
    models for segmenting and labeling sequence data. ICML, 282-289.

    Chapter: 12_tagging
    """

    allowed: Tensor
    allowed_start: Tensor
    allowed_end: Tensor

    def __init__(self, tags: int) -> None:
        super().__init__()
        expect_sizes(tags=tags)
        self.tags = tags
        self.transitions = nn.Parameter(torch.zeros(tags, tags))  # A, from row to column
        self.start = nn.Parameter(torch.zeros(tags))  # a
        self.end = nn.Parameter(torch.zeros(tags))  # b
        self.register_buffer("allowed", torch.ones(tags, tags, dtype=torch.bool))
        self.register_buffer("allowed_start", torch.ones(tags, dtype=torch.bool))
        self.register_buffer("allowed_end", torch.ones(tags, dtype=torch.bool))

    def extra_repr(self) -> str:
        """Return what `repr` shows between the brackets."""
        forbidden = sum(int((~mask).sum()) for mask in self._masks())
        return f"tags={self.tags}, forbidden={forbidden}"

    def forbid(
        self, allowed: Tensor, start: Tensor | None = None, end: Tensor | None = None
    ) -> LinearChainCRF:
        """Allow only these steps from now on, instead of all.

        Parameters
        ----------
        allowed : bool Tensor, shape (K, K)
            True where column j may follow row i.
        start, end : bool Tensor, shape (K,), optional
            True where a sequence may begin or end so; all may where left out.

        Returns
        -------
        LinearChainCRF
            Itself.

        Raises
        ------
        ValueError
            If a shape does not fit.
        TypeError
            If a mask does not hold booleans.
        """
        given = {"allowed": (allowed, "K K"), "start": (start, "K"), "end": (end, "K")}
        for (name, (value, letters)), old in zip(given.items(), self._masks(), strict=True):
            if value is None:
                old.fill_(True)
                continue
            expect_shape(name, value, letters, K=self.tags)
            if value.dtype != torch.bool:
                raise TypeError(f"{name}: expected booleans, True = allowed, got {value.dtype}")
            old.copy_(value)
        return self

    def score(self, emissions: Tensor, tags: Tensor, lengths: Lengths | None = None) -> Tensor:
        """Return the score s of given sequences of tags; -inf where they do what is forbidden.

        Parameters
        ----------
        emissions : Tensor, shape (B, T, K)
            The scores e of each tag at each step; anything on padding.
        tags : integers, shape (B, T)
            The sequences y; anything on padding.
        lengths : integers, shape (B,), optional
            The number of steps of each example, from 1 to T; T where left out.

        Returns
        -------
        Tensor, shape (B,)

        Raises
        ------
        ValueError
            If a shape does not fit, or a length or a real tag is out of its range.
        TypeError
            If `tags` or `lengths` does not hold integers.
        """
        emissions, live = self._read(emissions, lengths)
        tags = self._targets(tags, live)
        start, transitions, end = self._weights()
        # a_{y_1} + the sum of e_{t, y_t}
        own = emissions.gather(2, tags.unsqueeze(2)).squeeze(2)  # (B, T)
        total = start[tags[:, 0]] + own.masked_fill(~live, 0).sum(dim=1)
        # the sum of A_{y_{t-1}, y_t}
        steps = transitions[tags[:, :-1], tags[:, 1:]]  # (B, T - 1)
        total = total + steps.masked_fill(~live[:, 1:], 0).sum(dim=1)
        # b_{y_T}, each example at its own T
        last = tags.gather(1, live.sum(dim=1, keepdim=True) - 1).squeeze(1)  # (B,)
        return total + end[last]

    def log_partition(self, emissions: Tensor, lengths: Lengths | None = None) -> Tensor:
        r"""Return the log of the sum over all sequences of tags, by the forward algorithm.

        .. math:: \alpha_{1j} = a_j + e_{1j}, \qquad
                  \alpha_{tj} = e_{tj} + \log \sum_i e^{\alpha_{t-1, i} + A_{ij}}, \qquad
                  \log Z = \log \sum_j e^{\alpha_{Tj} + b_j}

        Parameters
        ----------
        emissions : Tensor, shape (B, T, K)
            As for `score`.
        lengths : integers, shape (B,), optional
            As for `score`.

        Returns
        -------
        Tensor, shape (B,)
            -inf, without a gradient, where every sequence is forbidden.

        Raises
        ------
        ValueError
            If a shape does not fit, or a length lies outside 1 to T.
        TypeError
            If the lengths are not integers.
        """
        emissions, live = self._read(emissions, lengths)
        _, _, end = self._weights()
        alpha = self._forward(emissions, live)[-1]  # (B, K)
        # log Z = log sum_j exp(alpha_Tj + b_j)
        return _logsumexp(alpha + end, dim=1)

    def nll(self, emissions: Tensor, tags: Tensor, lengths: Lengths | None = None) -> Tensor:
        r"""Return the negative log likelihood of given sequences, per real step.

        .. math:: -\frac{1}{\sum_b T_b} \sum_b \log P(y^{(b)} \mid x^{(b)})
                  = \frac{1}{\sum_b T_b} \sum_b \bigl( \log Z^{(b)} - s(x^{(b)}, y^{(b)}) \bigr)

        Parameters
        ----------
        emissions : Tensor, shape (B, T, K)
            As for `score`.
        tags : integers, shape (B, T)
            As for `score`.
        lengths : integers, shape (B,), optional
            As for `score`.

        Returns
        -------
        Tensor, shape ()
            In nats per real step, as `masked_cross_entropy` counts them.

        Raises
        ------
        ValueError
            If a shape does not fit, a length or a real tag is out of its range, or a sequence
            does what is forbidden: no weights could ever make it likely.
        TypeError
            If `tags` or `lengths` does not hold integers.
        """
        scores = self.score(emissions, tags, lengths)
        dead = torch.isneginf(scores).nonzero()
        if len(dead):
            raise ValueError(
                f"tags: expected sequences whose steps are all allowed, got a forbidden one in "
                f"example {int(dead[0])}"
            )
        steps = emissions.shape[0] * emissions.shape[1]
        if lengths is not None:
            steps = int(torch.as_tensor(lengths).sum())
        # the sum of log Z - s, per step
        return (self.log_partition(emissions, lengths) - scores).sum() / steps

    def marginals(self, emissions: Tensor, lengths: Lengths | None = None) -> Tensor:
        r"""Return the probability of each tag at each step, by forward and backward sums.

        .. math:: P(y_t = j \mid x) = e^{\alpha_{tj} + \beta_{tj} - \log Z}, \qquad
                  \beta_{Tj} = b_j, \qquad
                  \beta_{ti} = \log \sum_j e^{A_{ij} + e_{t+1, j} + \beta_{t+1, j}}

        It is also the derivative of :math:`\log Z` by the emission :math:`e_{tj}`.

        Parameters
        ----------
        emissions : Tensor, shape (B, T, K)
            As for `score`.
        lengths : integers, shape (B,), optional
            As for `score`.

        Returns
        -------
        Tensor, shape (B, T, K)
            They sum to 1 at each real step; 0 on padding, and where every sequence is forbidden.

        Raises
        ------
        ValueError
            If a shape does not fit, or a length lies outside 1 to T.
        TypeError
            If the lengths are not integers.
        """
        emissions, live = self._read(emissions, lengths)
        _, transitions, end = self._weights()
        alphas = self._forward(emissions, live)
        beta = end.expand(len(emissions), -1)  # (B, K)
        betas = [beta]
        for t in range(emissions.shape[1] - 2, -1, -1):
            # beta_ti = log sum_j exp(A_ij + e_{t+1,j} + beta_{t+1,j}); b where t is the last step
            after = (emissions[:, t + 1] + beta).unsqueeze(1)  # (B, 1, K)
            beta = torch.where(live[:, t + 1, None], _logsumexp(transitions + after, dim=2), beta)
            betas.append(beta)
        log_z = _logsumexp(alphas[-1] + end, dim=1).view(-1, 1, 1)  # (B, 1, 1)
        log_z = log_z.masked_fill(torch.isneginf(log_z), 0)  # then the sum below is -inf, too
        # P(y_t = j) = exp(alpha_tj + beta_tj - log Z)
        both = torch.stack(alphas, dim=1) + torch.stack(betas[::-1], dim=1)  # (B, T, K)
        return (both - log_z).exp().masked_fill(~live.unsqueeze(2), 0)

    @torch.no_grad()
    def viterbi(self, emissions: Tensor, lengths: Lengths | None = None) -> Tensor:
        r"""Return the sequence of tags with the highest score, for each example.

        .. math:: \delta_{1j} = a_j + e_{1j}, \qquad
                  \delta_{tj} = e_{tj} + \max_i (\delta_{t-1, i} + A_{ij}), \qquad
                  \psi_{tj} = \operatorname*{argmax}_i (\delta_{t-1, i} + A_{ij})

        Then back: :math:`y_T = \operatorname{argmax}_j (\delta_{Tj} + b_j)` and
        :math:`y_{t-1} = \psi_{t, y_t}`. Of equal ones, the lowest number wins, each time.

        Parameters
        ----------
        emissions : Tensor, shape (B, T, K)
            As for `score`.
        lengths : integers, shape (B,), optional
            As for `score`.

        Returns
        -------
        integers, shape (B, T)
            0 on padding. Their scores are ``score(emissions, paths, lengths)``.

        Raises
        ------
        ValueError
            If a shape does not fit, a length lies outside 1 to T, or every sequence of some
            length is forbidden.
        TypeError
            If the lengths are not integers.

        References
        ----------
        Viterbi, A. J. (1967). Error bounds for convolutional codes and an asymptotically optimum
        decoding algorithm. IEEE Transactions on Information Theory 13, 260-269.
        """
        emissions, live = self._read(emissions, lengths)
        start, transitions, end = self._weights()
        same = torch.arange(self.tags, device=emissions.device)  # (K,)
        delta, pointers = start + emissions[:, 0], []  # (B, K)
        for t in range(1, emissions.shape[1]):
            # delta_tj = e_tj + max_i (delta_{t-1,i} + A_ij), psi_tj the i that gives it
            best, psi = (delta.unsqueeze(2) + transitions).max(dim=1)
            delta = torch.where(live[:, t, None], emissions[:, t] + best, delta)
            pointers.append(torch.where(live[:, t, None], psi, same))  # (B, K)
        best, tag = (delta + end).max(dim=1)  # (B,)
        dead = torch.isneginf(best).nonzero()
        if len(dead):
            raise ValueError(
                f"emissions: expected a length of which some sequence is allowed, "
                f"got none in example {int(dead[0])}"
            )
        path = [tag]
        for psi in reversed(pointers):
            # y_{t-1} = psi_{t, y_t}
            tag = psi.gather(1, tag.unsqueeze(1)).squeeze(1)
            path.append(tag)
        return torch.stack(path[::-1], dim=1).masked_fill(~live, 0)  # (B, T)

    def _masks(self) -> tuple[Tensor, Tensor, Tensor]:
        return self.allowed, self.allowed_start, self.allowed_end

    def _weights(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return a, A and b, with -inf where something is forbidden."""
        return (
            self.start.masked_fill(~self.allowed_start, -math.inf),
            self.transitions.masked_fill(~self.allowed, -math.inf),
            self.end.masked_fill(~self.allowed_end, -math.inf),
        )

    def _forward(self, emissions: Tensor, live: Tensor) -> list[Tensor]:
        """Return alpha (B, K) at each step; past an example's end its last one stands still."""
        start, transitions, _ = self._weights()
        # alpha_1j = a_j + e_1j
        alphas = [start + emissions[:, 0]]
        for t in range(1, emissions.shape[1]):
            # alpha_tj = e_tj + log sum_i exp(alpha_{t-1,i} + A_ij)
            new = emissions[:, t] + _logsumexp(alphas[-1].unsqueeze(2) + transitions, dim=1)
            alphas.append(torch.where(live[:, t, None], new, alphas[-1]))
        return alphas

    def _read(self, emissions: Tensor, lengths: Lengths | None) -> tuple[Tensor, Tensor]:
        """Return the emissions with 0 on padding, and the mask (B, T) of the real steps."""
        sizes = expect_shape("emissions", emissions, "B T K", K=self.tags)
        if not sizes["T"]:
            raise ValueError(f"emissions: expected T above 0, got {tuple(emissions.shape)}")
        if lengths is None:
            live = torch.ones(emissions.shape[:2], dtype=torch.bool, device=emissions.device)
            return emissions, live
        live = live_steps(lengths, sizes["B"], sizes["T"], emissions.device)
        return emissions.masked_fill(~live.unsqueeze(2), 0), live

    def _targets(self, tags: Tensor, live: Tensor) -> Tensor:
        """Return the tags with 0 on padding, where they are tags at all."""
        expect_shape("tags", tags, "B T", B=live.shape[0], T=live.shape[1])
        expect_integers("tags", tags)
        tags = tags.long().masked_fill(~live, 0)
        if tags.numel() and (int(tags.min()) < 0 or int(tags.max()) >= self.tags):
            raise ValueError(
                f"tags: expected numbers in 0 .. K - 1 with K = {self.tags}, "
                f"got {int(tags.min())} .. {int(tags.max())}"
            )
        return tags


def _logsumexp(x: Tensor, dim: int) -> Tensor:
    """Return log sum exp; where all are -inf, -inf with a gradient of 0 instead of nan."""
    peak = x.detach().amax(dim, keepdim=True)
    peak = peak.masked_fill(torch.isneginf(peak), 0)
    total = (x - peak).exp().sum(dim)
    dead = total == 0
    # m + log sum exp(x - m)
    return (total.masked_fill(dead, 1).log() + peak.squeeze(dim)).masked_fill(dead, -math.inf)


class Tagger(nn.Module):
    r"""Reads a sequence in both directions and scores every tag at every step.

    .. math:: h_t = [\overrightarrow{h}_t; \overleftarrow{h}_t], \qquad
              e_t = W h_t + b, \qquad
              P(y \mid x) = \prod_t \operatorname{softmax}(e_t)_{y_t}
              \quad\text{or that of a CRF with emissions } e

    What it reads at a step is the row of the token in a table and, with `characters`, the last
    states of a second, smaller network that spells the token out in both directions: of a word
    that was never seen, its letters are known.

    Parameters
    ----------
    vocabulary : int
        V, the tokens.
    embedding : int
        E, the features of a token's row.
    hidden : int
        H, the features of the state in one direction.
    tags : int
        K.
    characters : int, optional
        The number of characters, padding (0) included. None reads tokens only.
    crf : bool
        Whether the tags of a sequence are scored together, by a `LinearChainCRF`.
    cell : {"lstm", "gru", "rnn"} or callable
        As for `seq2seq.Encoder`.
    num_layers : int
        L, the layers.
    character_embedding, character_hidden : int
        The features of a character's row, and of the spelling network in one direction.
    dropout : float
        The share of what the layers read and of what the head reads that is set to 0 while
        training.
    word_dropout : float
        The share of the tokens whose row is replaced by the row of `unknown` while training, so
        that this row is trained and the characters are needed. Their characters stay.
    padding : int
        The token whose row stays 0.
    unknown : int
        The token that stands for all that are not in the vocabulary.

    Raises
    ------
    ValueError
        If a size is not above 0, a share lies outside [0, 1] or `cell` is another word.
    TypeError
        If a size is not a whole number.

    References
    ----------
    Lample, G., Ballesteros, M., Subramanian, S., Kawakami, K., Dyer, C. (2016). Neural
    architectures for named entity recognition. NAACL, 260-270.
    Plank, B., Sogaard, A., Goldberg, Y. (2016). Multilingual part-of-speech tagging with
    bidirectional long short-term memory models and auxiliary loss. ACL, 412-418.

    Chapter: 12_tagging
    """

    def __init__(
        self,
        vocabulary: int,
        embedding: int,
        hidden: int,
        tags: int,
        *,
        characters: int | None = None,
        crf: bool = False,
        cell: str | Callable[..., nn.Module] = "lstm",
        num_layers: int = 1,
        character_embedding: int = 16,
        character_hidden: int = 16,
        dropout: float = 0.0,
        word_dropout: float = 0.0,
        padding: int = 0,
        unknown: int = 1,
    ) -> None:
        super().__init__()
        expect_sizes(
            vocabulary=vocabulary,
            embedding=embedding,
            hidden=hidden,
            tags=tags,
            num_layers=num_layers,
        )
        expect_share("word_dropout", word_dropout)
        self.tags, self.word_dropout, self.unknown = tags, word_dropout, unknown
        self.embedding = nn.Embedding(vocabulary, embedding, padding_idx=padding)
        self.spelling: Encoder | None = None
        features = embedding
        if characters is not None:
            expect_sizes(characters=characters)
            self.spelling = Encoder(
                characters, character_embedding, character_hidden, cell, bidirectional=True
            )
            features += self.spelling.features
        self.layer, _ = make_layer(cell, features, hidden, num_layers, dropout, bidirectional=True)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * hidden, tags)
        self.crf: LinearChainCRF | None = LinearChainCRF(tags) if crf else None

    def forward(
        self, tokens: Tensor, lengths: Lengths | None = None, characters: Tensor | None = None
    ) -> Tensor:
        """Return the emissions: the score of each tag at each step.

        Parameters
        ----------
        tokens : integers, shape (B, T)
            The tokens.
        lengths : integers, shape (B,), optional
            The number of tokens of each example, from 1 to T; T where left out.
        characters : integers, shape (B, T, C), optional
            The characters of each token, 0 after its end; asked for where the tagger reads them.

        Returns
        -------
        Tensor, shape (B, T, K)
            The head's bias alone on padding, where nothing was read.

        Raises
        ------
        ValueError
            If a shape does not fit, a length lies outside 1 to T, a token has no character, or
            characters are missing or too many.
        TypeError
            If the lengths are not integers.
        """
        sizes = expect_shape("tokens", tokens, "B T")
        counts = [sizes["T"]] * sizes["B"] if lengths is None else lengths
        live = live_steps(counts, sizes["B"], sizes["T"], tokens.device)  # (B, T)
        if self.training and self.word_dropout > 0:
            lost = torch.rand(tokens.shape, device=tokens.device) < self.word_dropout
            tokens = tokens.masked_fill(lost, self.unknown)
        x = self.embedding(tokens.masked_fill(~live, 0))  # (B, T, E)
        if self.spelling is not None:
            if characters is None:
                raise ValueError("characters: expected those of each token, got None")
            expect_shape("characters", characters, "B T C", B=sizes["B"], T=sizes["T"])
            x = torch.cat([x, self._spell(characters, live)], dim=2)
        elif characters is not None:
            raise ValueError("characters: expected None, for this tagger reads tokens only")
        states, _ = read_padded(self.layer, self.dropout(x), live.sum(dim=1))  # (B, T, 2 H)
        # e_t = W h_t + b
        return cast(Tensor, self.head(self.dropout(states)))

    def loss(
        self,
        tokens: Tensor,
        lengths: Lengths,
        characters: Tensor | None,
        tags: Tensor,
    ) -> Tensor:
        """Return the negative log likelihood of the tags, in nats per real token.

        Parameters
        ----------
        tokens, lengths, characters
            As for `forward`.
        tags : integers, shape (B, T)
            The true tags; anything on padding.

        Returns
        -------
        Tensor, shape ()

        Raises
        ------
        ValueError, TypeError
            As `forward`, `LinearChainCRF.nll` and `seq2seq.masked_cross_entropy` do.
        """
        emissions = self(tokens, lengths, characters)
        if self.crf is None:
            return masked_cross_entropy(emissions, tags, lengths=lengths)
        return self.crf.nll(emissions, tags, lengths)

    def predict(
        self, tokens: Tensor, lengths: Lengths | None = None, characters: Tensor | None = None
    ) -> Tensor:
        """Return the best tags: of each step alone, or with a CRF of the whole sequence.

        The model is asked in evaluation mode, and left as it came.

        Parameters
        ----------
        tokens, lengths, characters
            As for `forward`.

        Returns
        -------
        integers, shape (B, T)
            0 on padding.

        Raises
        ------
        ValueError, TypeError
            As `forward` and `LinearChainCRF.viterbi` do.
        """
        with evaluating(self):
            emissions = self(tokens, lengths, characters)
        if self.crf is not None:
            return self.crf.viterbi(emissions, lengths)
        best = emissions.argmax(dim=2)  # (B, T)
        if lengths is None:
            return cast(Tensor, best)
        live = live_steps(lengths, best.shape[0], best.shape[1], best.device)
        return cast(Tensor, best.masked_fill(~live, 0))

    def _spell(self, characters: Tensor, live: Tensor) -> Tensor:
        """Return (B, T, 2 * character_hidden), each different word of the batch spelled once."""
        assert self.spelling is not None
        # on the CPU: not every device can tell rows apart
        words, place = torch.unique(characters[live].cpu(), dim=0, return_inverse=True)  # (W, C)
        counts = (words != 0).sum(dim=1)  # (W,)
        if not counts.all():
            raise ValueError("characters: expected at least one in each token, got a token of none")
        _, state = self.spelling(words.to(live.device), counts)
        last = state_parts(state)[0][-1]  # (W, 2 * character_hidden)
        grid = last.new_zeros(*live.shape, last.shape[1])
        return grid.masked_scatter(live.unsqueeze(2), last[place.to(live.device)])


class TaggedBatch(NamedTuple):
    """A padded batch of tagged sequences.

    References
    ----------
    Chapter: 12_tagging
    """

    tokens: Tensor  # integers (B, T)
    lengths: Tensor  # integers (B,)
    characters: Tensor | None  # integers (B, T, C), 0 after a token's end
    tags: Tensor  # integers (B, T)


class TaggedBatches(Batches[TaggedBatch]):
    r"""Tagged sequences as padded batches of like length, anew in each epoch.

    Parameters
    ----------
    data : sequence of (tokens, tags)
        Each a sequence of str, as many tags as tokens, at least one.
    words : Vocabulary
        Of the tokens.
    tags : Vocabulary
        Of the tags; made with ``padding=None, unknown=None``, so that they count from 0.
    characters : Vocabulary, optional
        Of the tokens' characters, padding first. None leaves characters out.
    size : int
        B, the sequences in a batch; the last of an epoch may be smaller.
    seed : int, optional
        Shuffles, in each epoch in another way. None keeps the order, for evaluation.
    longest : int
        Characters of a longer token are cut out of its middle.
    normalise : callable, optional
        What is done to a token before it is looked up among the words, such as ``str.lower``;
        its characters stay as they are.

    Raises
    ------
    ValueError
        If an example has no tokens or another number of tags, `size` or `longest` is too small,
        or a tag is not in its vocabulary.
    TypeError
        If `size` or `longest` is not a whole number.

    References
    ----------
    Chapter: 12_tagging
    """

    def __init__(
        self,
        data: Sequence[tuple[Sequence[str], Sequence[str]]],
        words: Vocabulary,
        tags: Vocabulary,
        characters: Vocabulary | None = None,
        *,
        size: int = 32,
        seed: int | None = None,
        longest: int = 20,
        normalise: Callable[[str], str] | None = None,
    ) -> None:
        expect_sizes(size=size, longest=longest)
        self.seed, self.epoch = seed, 0
        known: dict[str, Tensor] = {}
        self._tokens: list[Tensor] = []
        self._tags: list[Tensor] = []
        self._characters: list[list[Tensor]] = []
        for number, (tokens, labels) in enumerate(data):
            if not len(tokens) or len(tokens) != len(labels):
                raise ValueError(
                    f"data: expected as many tags as tokens, at least one, "
                    f"got {len(tokens)} tokens and {len(labels)} tags at place {number}"
                )
            looked_up = tokens if normalise is None else [normalise(token) for token in tokens]
            self._tokens.append(words.encode(looked_up))
            self._tags.append(tags.encode(labels))
            if characters is not None:
                for token in tokens:
                    if token not in known:
                        front = longest - longest // 2
                        cut = len(token) > longest
                        ends = token[:front] + token[len(token) - longest // 2 :]
                        known[token] = characters.encode(ends if cut else token)
                self._characters.append([known[token] for token in tokens])
        lengths = torch.tensor([len(tokens) for tokens in self._tokens], dtype=torch.long)
        super().__init__(lengths, size, seed is not None)
        self.bucket = self.shuffle  # without a seed the order is that of the data

    def _seed(self) -> int | None:
        if self.seed is None:
            return None
        self.epoch += 1
        return self.seed * 100_003 + self.epoch - 1

    def _collate(self, rows: list[int]) -> TaggedBatch:
        tokens, lengths = pad([self._tokens[row] for row in rows])
        labels, _ = pad([self._tags[row] for row in rows])
        spelled = None
        if self._characters:
            flat, _ = pad([token for row in rows for token in self._characters[row]])  # (N, C)
            spelled = flat.new_zeros(*tokens.shape, flat.shape[1])
            spelled[mask(lengths)] = flat
        return TaggedBatch(tokens, lengths, spelled, labels)

    def state_dict(self) -> dict[str, int]:
        """Return what an exact resume needs: the number of epochs begun."""
        return {"epoch": self.epoch}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go on from another run's epoch."""
        self.epoch = int(state["epoch"])


def tagging_loss(model: Tagger, batch: TaggedBatch | tuple[Any, ...]) -> tuple[Tensor, int]:
    r"""Return the loss of a batch and the number of real tokens, as `training.fit` wants them.

    .. math:: \mathcal L = -\frac{1}{\sum_b T_b} \sum_b \log P(y^{(b)} \mid x^{(b)})

    Parameters
    ----------
    model : Tagger
        With or without a CRF.
    batch : TaggedBatch
        (tokens, lengths, characters or None, tags).

    Returns
    -------
    mean : Tensor, shape ()
        In nats per real token.
    count : int
        The real tokens.

    References
    ----------
    Chapter: 12_tagging
    """
    tokens, lengths, characters, tags = batch
    return model.loss(tokens, lengths, characters, tags), int(lengths.sum())


def predicted_tags(model: Tagger, data: Iterable[Any], tags: Vocabulary) -> list[list[str]]:
    """Tag all sequences of some batches, in their order, in evaluation mode.

    Parameters
    ----------
    model : Tagger
        Left in the mode in which it came.
    data : iterable of TaggedBatch
        Made without a seed, so that the order is that of the data.
    tags : Vocabulary
        Of the tags.

    Returns
    -------
    list of lists of str
        As `metrics.span_f1` reads them.

    References
    ----------
    Chapter: 12_tagging
    """
    device = model.head.weight.device
    found: list[list[str]] = []
    for tokens, lengths, characters, _ in data:
        spelled = None if characters is None else characters.to(device)
        best = model.predict(tokens.to(device), lengths, spelled).tolist()  # (B, T)
        found += [tags.decode(row[:n]) for row, n in zip(best, lengths.tolist(), strict=True)]
    return found
