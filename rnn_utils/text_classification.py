"""One label for a whole text: readouts with masks, a classifier, fine-tuning in steps."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from rnn_utils import sequences
from rnn_utils._errors import (
    expect_one_of,
    expect_positive,
    expect_shape,
    expect_share,
    expect_sizes,
)
from rnn_utils.attention import masked_softmax
from rnn_utils.language_model import LanguageModel
from rnn_utils.recurrent import expect_mask, live_steps
from rnn_utils.seq2seq import Lengths, make_layer, read_padded
from rnn_utils.training import evaluating

__all__ = [
    "AttentionReadout",
    "TextBatches",
    "TextClassifier",
    "from_language_model",
    "last_readout",
    "layer_groups",
    "max_readout",
    "mean_readout",
    "unfreeze",
]

READOUTS = ("mean", "max", "last", "attention")


def _real(states: Tensor, mask: Tensor) -> Tensor:
    """Check states (B, T, H) and mask (B, T); return the mask as (B, T, 1)."""
    sizes = expect_shape("states", states, "B T H")
    expect_mask("mask", mask)
    expect_shape("mask", mask, "B T", B=sizes["B"], T=sizes["T"])
    empty = (~mask.any(dim=1)).nonzero()
    if len(empty):
        raise ValueError(
            f"mask: expected at least one real step in each example, got none in {int(empty[0])}"
        )
    return mask.unsqueeze(-1)


def mean_readout(states: Tensor, mask: Tensor) -> Tensor:
    r"""Return the mean of the states over the real steps.

    .. math:: r = \frac{1}{\sum_t m_t} \sum_t m_t h_t

    Parameters
    ----------
    states : Tensor, shape (B, T, H)
        Where the mask is False they may hold anything, NaN included.
    mask : bool Tensor, shape (B, T)
        True where a step is real; at least one per example.

    Returns
    -------
    Tensor, shape (B, H)

    Raises
    ------
    TypeError
        If `mask` does not hold booleans.
    ValueError
        If a shape does not fit, or an example has no real step.

    References
    ----------
    Collobert, R. et al. (2011). Natural language processing (almost) from scratch. JMLR 12.

    Chapter: 11_text_classification
    """
    real = _real(states, mask)  # (B, T, 1)
    # (sum_t m_t h_t) / (sum_t m_t); a product would make NaN of what padding may hold
    return states.masked_fill(~real, 0.0).sum(dim=1) / real.sum(dim=1)  # (B, H)


def max_readout(states: Tensor, mask: Tensor) -> Tensor:
    r"""Return the largest value of each feature over the real steps.

    .. math:: r_i = \max_{t \,:\, m_t = 1} h_{t, i}

    Parameters
    ----------
    states : Tensor, shape (B, T, H)
        Where the mask is False they may hold anything, NaN included.
    mask : bool Tensor, shape (B, T)
        True where a step is real; at least one per example.

    Returns
    -------
    Tensor, shape (B, H)

    Raises
    ------
    TypeError
        If `mask` does not hold booleans.
    ValueError
        If a shape does not fit, or an example has no real step.

    References
    ----------
    Collobert, R. et al. (2011). Natural language processing (almost) from scratch. JMLR 12.

    Chapter: 11_text_classification
    """
    real = _real(states, mask)
    # the maximum over the steps with m_t = 1: 0 in the others would win over negative states
    return states.masked_fill(~real, -torch.inf).amax(dim=1)  # (B, H)


def last_readout(states: Tensor, mask: Tensor, bidirectional: bool = False) -> Tensor:
    r"""Return the state of the last real step, for each direction its own last.

    .. math:: r = h_{T_b}, \qquad \text{or} \qquad
              r = [\overrightarrow{h}_{T_b};\, \overleftarrow{h}_{1}]

    The direction that reads from the end comes to rest on the first step: its state at the last
    step has read a single token.

    Parameters
    ----------
    states : Tensor, shape (B, T, H), or (B, T, 2 H) with both directions side by side
    mask : bool Tensor, shape (B, T)
        True where a step is real; at least one per example.
    bidirectional : bool
        Whether the second half of the features read from the end.

    Returns
    -------
    Tensor, shape (B, H) or (B, 2 H)

    Raises
    ------
    TypeError
        If `mask` does not hold booleans.
    ValueError
        If a shape does not fit, an example has no real step, or two directions have to share an
        odd number of features.

    References
    ----------
    Schuster, M., Paliwal, K. K. (1997). Bidirectional recurrent neural networks. IEEE
    Transactions on Signal Processing 45, 2673-2681.

    Chapter: 11_text_classification
    """
    _real(states, mask)
    rows = torch.arange(len(states), device=states.device)
    steps = torch.arange(states.shape[1], device=states.device)
    last = torch.where(mask, steps, -1).amax(dim=1)  # (B,)
    if not bidirectional:
        # h_{T_b}
        return states[rows, last]  # (B, H)
    first = torch.where(mask, steps, states.shape[1]).amin(dim=1)  # (B,)
    if states.shape[2] % 2:
        raise ValueError(
            f"states: expected an even number of features for two directions, "
            f"got {tuple(states.shape)}"
        )
    forward, backward = states.chunk(2, dim=2)  # (B, T, H) each
    # [forward h_{T_b}; backward h_1]
    return torch.cat([forward[rows, last], backward[rows, first]], dim=1)  # (B, 2 H)


class AttentionReadout(nn.Module):
    r"""Returns a weighted mean of the states whose weights are learned.

    .. math:: r = \sum_t \alpha_t h_t, \qquad
              \alpha = \operatorname{softmax}_{t \,:\, m_t = 1}(e), \qquad
              e_t = v^\top \tanh(W h_t + b)

    It is the additive attention of chapter 9 with a query that is learned and the same for all
    texts: v asks which steps are worth reading.

    Parameters
    ----------
    features : int
        H, the features of a state.
    hidden : int, optional
        The rows of W; as many as `features` where left out.

    Raises
    ------
    TypeError
        If a size is not a whole number.
    ValueError
        If a size is not above 0.

    References
    ----------
    Yang, Z. et al. (2016). Hierarchical attention networks for document classification.
    NAACL-HLT.

    Chapter: 11_text_classification
    """

    def __init__(self, features: int, hidden: int | None = None) -> None:
        super().__init__()
        hidden = features if hidden is None else hidden
        expect_sizes(features=features, hidden=hidden)
        self.features = features
        self.inner = nn.Linear(features, hidden)
        self.outer = nn.Linear(hidden, 1, bias=False)

    def forward(self, states: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return what was read, and the weights with which.

        Parameters
        ----------
        states : Tensor, shape (B, T, H)
            Where the mask is False they may hold anything, NaN included.
        mask : bool Tensor, shape (B, T)
            True where a step is real; at least one per example.

        Returns
        -------
        readout : Tensor, shape (B, H)
        weights : Tensor, shape (B, T)
            They sum to 1, and are exactly 0 where the mask is False.

        Raises
        ------
        TypeError
            If `mask` does not hold booleans.
        ValueError
            If a shape does not fit, or an example has no real step.
        """
        real = _real(states, mask)
        expect_shape("states", states, "B T H", H=self.features)
        states = states.masked_fill(~real, 0.0)  # 0 times NaN would be NaN
        # e_t = v^T tanh(W h_t + b)
        scores = self.outer(torch.tanh(self.inner(states))).squeeze(-1)  # (B, T)
        weights = masked_softmax(scores, mask)  # (B, T)
        # r = sum_t alpha_t h_t
        return torch.einsum("bt,bth->bh", weights, states), weights


class TextClassifier(nn.Module):
    r"""Reads a text, sums it up in one vector, and names its class.

    .. math:: h_1, \dots, h_T = F(E_{x_1}, \dots, E_{x_T}), \qquad
              P(y \mid x) = \operatorname{softmax}(W \operatorname{readout}(h_1, \dots, h_T) + b)

    Parameters
    ----------
    vocabulary : int
        V, the tokens.
    embedding : int
        E, the features of a token's row.
    hidden : int
        H, the features of the state of one layer in one direction.
    classes : int
        K.
    cell : {"gru", "lstm", "rnn"} or callable, or None
        As for `seq2seq.Encoder`. None leaves the recurrence out: the readout then sees the
        embeddings themselves, and a mean of them is a bag of words with vectors.
    readout : {"mean", "max", "last", "attention"}
        How T states become one vector.
    bidirectional : bool
        Whether a second direction reads from the end.
    num_layers : int
        L, the layers.
    dropout : float
        The share of the embeddings, of the states between layers and of the readout set to 0
        while training.
    padding : int or None
        The token whose row stays 0.

    Raises
    ------
    TypeError
        If a size is not a whole number.
    ValueError
        If a size is not above 0, `dropout` lies outside [0, 1], or `cell` or `readout` is
        another word.

    References
    ----------
    Howard, J., Ruder, S. (2018). Universal language model fine-tuning for text classification.
    ACL. Yang, Z. et al. (2016). Hierarchical attention networks for document classification.
    NAACL-HLT.

    Chapter: 11_text_classification
    """

    def __init__(
        self,
        vocabulary: int,
        embedding: int,
        hidden: int,
        classes: int,
        cell: str | Callable[..., nn.Module] | None = "gru",
        readout: str = "mean",
        bidirectional: bool = True,
        num_layers: int = 1,
        dropout: float = 0.0,
        padding: int | None = 0,
    ) -> None:
        super().__init__()
        expect_sizes(
            vocabulary=vocabulary, embedding=embedding, hidden=hidden, num_layers=num_layers
        )
        table = nn.Embedding(vocabulary, embedding, padding_idx=padding)
        if cell is None:
            bidirectional, features, layer = False, embedding, None
        else:
            layer, _ = make_layer(cell, embedding, hidden, num_layers, dropout, bidirectional)
            features = hidden * (2 if bidirectional else 1)
        self._assemble(table, layer, features, classes, readout, bidirectional, dropout)

    def _assemble(
        self,
        embedding: nn.Embedding,
        recurrent: nn.Module | None,
        features: int,
        classes: int,
        readout: str,
        bidirectional: bool,
        dropout: float,
    ) -> None:
        expect_sizes(classes=classes)
        expect_one_of("readout", readout, READOUTS)
        expect_share("dropout", dropout)
        self.embedding, self.recurrent = embedding, recurrent
        self.features, self.classes, self.readout = features, classes, readout
        self.bidirectional = bidirectional
        self.attention = AttentionReadout(features) if readout == "attention" else None
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(features, classes)

    def states(self, tokens: Tensor, lengths: Lengths) -> tuple[Tensor, Tensor]:
        """Return what the readout sees: the states of the last layer, and which are real.

        Parameters
        ----------
        tokens : integers, shape (B, T)
            The texts, padded at the end.
        lengths : integers, shape (B,)
            The number of tokens of each text, from 1 to T.

        Returns
        -------
        states : Tensor, shape (B, T, features)
        mask : bool Tensor, shape (B, T)

        Raises
        ------
        ValueError
            If a shape does not fit or a length lies outside 1 to T.
        TypeError
            If the lengths are not integers.
        """
        sizes = expect_shape("tokens", tokens, "B T")
        mask = live_steps(lengths, sizes["B"], sizes["T"], tokens.device)  # (B, T)
        x = self.dropout(self.embedding(tokens))  # (B, T, E)
        if self.recurrent is None:
            return x, mask
        if not self.bidirectional:  # what comes after a text cannot change what was read
            return self.recurrent(x)[0], mask
        return read_padded(self.recurrent, x, mask.sum(dim=1))[0], mask  # (B, T, 2 H)

    def forward(self, tokens: Tensor, lengths: Lengths) -> Tensor:
        """Return the logits of the classes.

        Parameters
        ----------
        tokens : integers, shape (B, T)
            The texts, padded at the end.
        lengths : integers, shape (B,)
            The number of tokens of each text, from 1 to T.

        Returns
        -------
        Tensor, shape (B, K)

        Raises
        ------
        ValueError
            If a shape does not fit or a length lies outside 1 to T.
        TypeError
            If the lengths are not integers.
        """
        states, mask = self.states(tokens, lengths)
        if self.attention is not None:
            read, _ = self.attention(states, mask)
        elif self.readout == "last":
            read = last_readout(states, mask, self.bidirectional)
        else:
            read = (mean_readout if self.readout == "mean" else max_readout)(states, mask)
        # W r + b
        return cast(Tensor, self.head(self.dropout(read)))  # (B, K)

    def weights(self, tokens: Tensor, lengths: Lengths) -> Tensor:
        """Return how much of each step the attention readout takes, shape (B, T), without dropout.

        Raises
        ------
        ValueError
            If the readout is another one, a shape does not fit, or a length lies outside 1 to T.
        """
        if self.attention is None:
            raise ValueError(f"readout: expected 'attention', got {self.readout!r}")
        with evaluating(self):
            return cast(Tensor, self.attention(*self.states(tokens, lengths))[1])


def from_language_model(
    model: LanguageModel, classes: int, readout: str = "mean", dropout: float = 0.0
) -> TextClassifier:
    r"""Make a classifier of a language model: its table and its recurrence, a new head.

    .. math:: E^{\text{new}} = E^{\text{lm}}, \qquad F^{\text{new}} = F^{\text{lm}}, \qquad
              W^{\text{new}} \text{ drawn}

    The weights are copied: training the classifier leaves the language model as it is.

    Parameters
    ----------
    model : language_model.LanguageModel
        With any recurrence. It may be tied; its dropout between the layers goes with them.
    classes : int
        K.
    readout : {"mean", "max", "last", "attention"}
        How T states become one vector.
    dropout : float
        The share of the embeddings and of the readout set to 0 while training.

    Returns
    -------
    TextClassifier
        With one direction, for the language model has read in one only.

    Raises
    ------
    TypeError
        If `model` is no language model.
    ValueError
        If `readout` is another word, or a number does not fit.

    References
    ----------
    Howard, J., Ruder, S. (2018). Universal language model fine-tuning for text classification.
    ACL. Dai, A. M., Le, Q. V. (2015). Semi-supervised sequence learning. NeurIPS 28.

    Chapter: 11_text_classification
    """
    if not isinstance(model, LanguageModel):
        raise TypeError(f"model: expected a LanguageModel, got {type(model).__name__}")
    classifier = TextClassifier.__new__(TextClassifier)
    nn.Module.__init__(classifier)
    classifier._assemble(
        copy.deepcopy(model.embedding),
        _Reader(copy.deepcopy(model.layers), copy.deepcopy(model.dropout)),
        model.hidden,
        classes,
        readout,
        False,
        dropout,
    )
    return classifier.to(model.embedding.weight.device, model.embedding.weight.dtype)


class _Reader(nn.Module):
    """The layers of a language model, with its dropout between them."""

    def __init__(self, layers: nn.ModuleList, dropout: nn.Module) -> None:
        super().__init__()
        self.layers, self.dropout = layers, dropout

    def forward(self, x: Tensor) -> tuple[Tensor, None]:
        """Return the states of the last layer, (B, T, H)."""
        for depth, layer in enumerate(self.layers):
            x, _ = layer(x if depth == 0 else self.dropout(x))
        return x, None


def layer_groups(model: TextClassifier) -> list[list[nn.Parameter]]:
    """Return the parameters of a classifier in groups, from the top down.

    Parameters
    ----------
    model : TextClassifier

    Returns
    -------
    list of lists of parameters
        The head with its readout; the recurrent layers, the last first; the table. Each
        parameter stands in one group.

    References
    ----------
    Howard, J., Ruder, S. (2018). Universal language model fine-tuning for text classification.
    ACL.

    Chapter: 11_text_classification
    """
    layers: dict[tuple[int, ...], list[nn.Parameter]] = {}
    if model.recurrent is not None:
        for name, parameter in model.recurrent.named_parameters():
            # weight_hh_l1 belongs to layer 1, as do layers.1.weight_hh_l0 and paths.1.weight
            outer = re.findall(r"\b(?:layers|paths)\.(\d+)\.", name)
            inner = re.search(r"_l(\d+)(?:_reverse)?$", name)
            place = (*map(int, outer), int(inner[1]) if inner else 0)
            layers.setdefault(place, []).append(parameter)
    top = [*model.head.parameters()]
    if model.attention is not None:
        top += model.attention.parameters()
    recurrent = [layers[place] for place in sorted(layers, reverse=True)]
    return [top, *recurrent, [*model.embedding.parameters()]]


def unfreeze(
    model: TextClassifier, depth: int, *, rate: float = 1e-3, decay: float = 2.6
) -> list[dict[str, Any]]:
    r"""Let the top groups of a classifier learn, the lower the slower, and hold the others.

    .. math:: \eta_g = \eta / \delta^{\,g}, \qquad g = 0, \dots, \text{depth} - 1

    Gradual unfreezing begins with depth 1, the head alone, and goes one group deeper each epoch.

    Parameters
    ----------
    model : TextClassifier
        Its groups are those of `layer_groups`, from the top down.
    depth : int
        How many groups learn: 1 to their number.
    rate : float
        :math:`\eta`, the learning rate of the head.
    decay : float
        :math:`\delta`, by how much each group learns more slowly than the one above it.

    Returns
    -------
    list of dict
        Parameter groups for an optimizer of torch, each with its rate under "lr".

    Raises
    ------
    TypeError
        If `rate` or `decay` is not a number.
    ValueError
        If `depth` is not in 1 .. the number of groups, or a rate is not above 0.

    References
    ----------
    Howard, J., Ruder, S. (2018). Universal language model fine-tuning for text classification.
    ACL.

    Chapter: 11_text_classification
    """
    expect_positive("rate", rate)
    expect_positive("decay", decay)
    groups = layer_groups(model)
    if not 1 <= depth <= len(groups):
        raise ValueError(f"depth: expected a number from 1 to {len(groups)}, got {depth}")
    for number, group in enumerate(groups):
        for parameter in group:
            parameter.requires_grad_(number < depth)
    # eta_g = eta / delta^g
    return [{"params": group, "lr": rate / decay**g} for g, group in enumerate(groups[:depth])]


class TextBatches(sequences.Batches[tuple[Tensor, Tensor, Tensor]]):
    r"""Texts of like length in batches, for `training.fit`: (tokens, lengths, targets) each.

    .. math:: X_{bt} = x^{(b)}_t \text{ for } t \le T_b, \qquad
              X_{bt} = \text{padding for } t > T_b

    Each time it is read, every text comes once. With a seed each reading has an order of its
    own, which a checkpoint of `fit` can go on from.

    Parameters
    ----------
    texts : sequence of integers, shape (T_b,) each
        None may be empty.
    targets : integers, shape (N,)
        The class of each.
    size : int
        B, the texts of a batch.
    seed : int, optional
        Shuffles; without it the texts come in the order of their length.
    padding : int
        Fills up.

    Raises
    ------
    TypeError
        If `size` is not a number.
    ValueError
        If there are not as many texts as targets, a text is empty, or `size` is below 1.

    References
    ----------
    Chapter: 11_text_classification
    """

    def __init__(
        self,
        texts: Sequence[Tensor],
        targets: Tensor,
        size: int = 32,
        seed: int | None = None,
        padding: int = 0,
    ) -> None:
        expect_shape("targets", targets, "N", N=len(texts))
        for number, text in enumerate(texts):
            if not len(text):
                raise ValueError(
                    f"texts: expected at least one token in each, got none in {number}"
                )
        lengths = torch.tensor([len(text) for text in texts], dtype=torch.long)
        generator = None if seed is None else torch.Generator().manual_seed(seed)
        super().__init__(lengths, size, seed is not None, generator)
        self.texts, self.targets, self.padding = texts, targets, padding

    def _collate(self, rows: list[int]) -> tuple[Tensor, Tensor, Tensor]:
        tokens, lengths = sequences.pad([self.texts[row] for row in rows], self.padding)
        return tokens, lengths, self.targets[rows]
