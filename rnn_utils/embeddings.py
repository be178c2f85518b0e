"""Word vectors: skip-gram and CBOW with negative sampling, neighbours, analogies."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rnn_utils._errors import expect_integers, expect_positive, expect_shape, expect_sizes
from rnn_utils.recurrent import expect_mask

__all__ = [
    "CBOW",
    "NegativeSampling",
    "SkipGram",
    "analogy",
    "bags",
    "neighbours",
    "noise",
    "pairs",
    "subsample",
    "thin",
]

Texts: TypeAlias = Tensor | Sequence[Tensor]  # one text (N,), or several


def _texts(ids: Texts) -> tuple[Tensor, Tensor]:
    """Return all texts one after the other, (N,), and the number of the text of each token."""
    texts = [ids] if isinstance(ids, Tensor) else list(ids)
    if not texts:
        raise ValueError("ids: expected at least one text, got none")
    for text in texts:
        expect_integers("ids", text)
        expect_shape("ids", text, "N")
    counts = torch.tensor([len(text) for text in texts])
    numbers = torch.arange(len(texts)).repeat_interleave(counts)
    return torch.cat(texts), numbers.to(texts[0].device)


def _around(
    ids: Texts, window: int, shrink: bool, generator: torch.Generator | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Return all tokens (N,), the places around each (N, 2R), and which of them count."""
    tokens, texts = _texts(ids)
    expect_sizes(window=window)
    count, device = len(tokens), tokens.device
    reach = torch.full((count,), window)
    if shrink:
        reach = torch.randint(1, window + 1, (count,), generator=generator)
    j = torch.tensor([j for j in range(-window, window + 1) if j], device=device)  # (2R,)
    places = torch.arange(count, device=device).unsqueeze(1) + j  # (N, 2R)
    there = places.clamp(0, max(count - 1, 0))
    # t + j with 1 ≤ |j| ≤ R_t, inside the text of t
    inside = (places == there) & (j.abs() <= reach.to(device).unsqueeze(1))  # (N, 2R)
    return tokens, there, inside & (texts[there] == texts.unsqueeze(1))


def pairs(
    ids: Texts, window: int, *, shrink: bool = False, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    r"""List every word with every word around it: what skip-gram learns from.

    .. math:: \{(w_t, w_{t+j}) : 1 \le |j| \le R_t\}, \qquad R_t = R \text{, or drawn from }
              \{1, \dots, R\}

    The pairs stand in the order of their centres and, for one centre, of their contexts. No pair
    joins two texts.

    Parameters
    ----------
    ids : integers, shape (N,), or a sequence of such
        One text, or several.
    window : int
        R, how far a word looks to either side.
    shrink : bool
        Whether each centre draws its own reach :math:`R_t`, so that near words count for more.
    generator : torch.Generator, optional
        Draws the reaches; torch's own where left out.

    Returns
    -------
    centres, contexts : integers, shape (P,) each

    Raises
    ------
    TypeError
        If `ids` does not hold integers or `window` is no whole number.
    ValueError
        If a text is not (N,), there is none, or `window` is below 1.

    References
    ----------
    Mikolov, T., Chen, K., Corrado, G., Dean, J. (2013a). Efficient estimation of word
    representations in vector space. ICLR workshop.

    Chapter: 11_text_classification
    """
    tokens, places, mask = _around(ids, window, shrink, generator)
    return tokens.repeat_interleave(mask.sum(dim=1)), tokens[places[mask]]


def bags(
    ids: Texts, window: int, *, shrink: bool = False, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    r"""List every word with the bag of all words around it: what CBOW learns from.

    .. math:: \{(\{w_{t+j} : 1 \le |j| \le R_t\},\; w_t)\}, \qquad R_t = R \text{, or drawn from }
              \{1, \dots, R\}

    Words without any other around them are left out. No bag joins two texts.

    Parameters
    ----------
    ids : integers, shape (N,), or a sequence of such
        One text, or several.
    window : int
        R, how far a word looks to either side.
    shrink : bool
        Whether each centre draws its own reach :math:`R_t`.
    generator : torch.Generator, optional
        Draws the reaches; torch's own where left out.

    Returns
    -------
    contexts : integers, shape (N, 2 R)
        In the order of the text; 0 where `mask` is False.
    mask : bool, shape (N, 2 R)
        True where there is a word.
    centres : integers, shape (N,)

    Raises
    ------
    TypeError
        If `ids` does not hold integers or `window` is no whole number.
    ValueError
        If a text is not (N,), there is none, or `window` is below 1.

    References
    ----------
    Mikolov, T., Chen, K., Corrado, G., Dean, J. (2013a). Efficient estimation of word
    representations in vector space. ICLR workshop.

    Chapter: 11_text_classification
    """
    tokens, places, mask = _around(ids, window, shrink, generator)
    kept = mask.any(dim=1)
    return tokens[places].masked_fill(~mask, 0)[kept], mask[kept], tokens[kept]


def _counts(name: str, counts: Tensor) -> Tensor:
    """Return numbers of at least 0 as float64 on the CPU: not every device knows float64."""
    expect_shape(name, counts, "V")
    if counts.dtype == torch.bool or counts.is_complex():
        raise TypeError(f"{name}: expected numbers, got {counts.dtype}")
    numbers = counts.cpu().double()
    if not (numbers >= 0).all() or not 0 < float(numbers.sum()) < torch.inf:
        raise ValueError(f"{name}: expected finite numbers of at least 0, not all of them 0")
    return numbers


def subsample(counts: Tensor, t: float = 1e-5) -> Tensor:
    r"""Return the probability with which each word is kept, so that frequent ones get rarer.

    .. math:: P(\text{keep } w) = \min\Bigl(1, \sqrt{t / f(w)}\Bigr), \qquad
              f(w) = \frac{\#(w)}{\sum_v \#(v)}

    This is the formula of the paper. The authors' program uses another, :math:`\sqrt{t / f} +
    t / f`, which keeps a little more.

    Parameters
    ----------
    counts : numbers, shape (V,)
        How often each word occurs.
    t : float
        Words rarer than this share are always kept. The paper takes 1e-5 for a billion words;
        small texts need more.

    Returns
    -------
    Tensor, shape (V,), float64, on the CPU
        Probabilities; 1 for words that never occur.

    Raises
    ------
    TypeError
        If an argument is not numeric.
    ValueError
        If `counts` is not (V,), one is negative or all are 0, or `t` is not above 0.

    References
    ----------
    Mikolov, T., Sutskever, I., Chen, K., Corrado, G., Dean, J. (2013b). Distributed
    representations of words and phrases and their compositionality. NeurIPS 26.

    Chapter: 11_text_classification
    """
    expect_positive("t", t)
    numbers = _counts("counts", counts)
    # f(w) = #(w) / sum_v #(v)
    frequency = numbers / numbers.sum()
    # P(keep w) = min(1, sqrt(t / f(w))); t / 0 is infinite, and the word kept
    return (t / frequency).sqrt().clamp(max=1)  # (V,)


def thin(ids: Texts, keep: Tensor, generator: torch.Generator | None = None) -> Any:
    r"""Leave out each occurrence of a word with the word's own probability.

    .. math:: (w_t)_{t \,:\, u_t < P(\text{keep } w_t)}, \qquad u_t \sim U[0, 1)

    What is left moves together: the words around a gap become neighbours, as in the paper.

    Parameters
    ----------
    ids : integers, shape (N,), or a sequence of such
        One text, or several.
    keep : Tensor, shape (V,)
        Probabilities, as `subsample` returns them.
    generator : torch.Generator, optional
        Draws; torch's own where left out.

    Returns
    -------
    integers, shape (M,), or a list of such
        As `ids` came.

    Raises
    ------
    TypeError
        If `ids` does not hold integers.
    ValueError
        If a shape does not fit.

    References
    ----------
    Mikolov, T., Sutskever, I., Chen, K., Corrado, G., Dean, J. (2013b). Distributed
    representations of words and phrases and their compositionality. NeurIPS 26.

    Chapter: 11_text_classification
    """
    expect_shape("keep", keep, "V")
    if not isinstance(ids, Tensor):
        return [thin(text, keep, generator) for text in ids]
    expect_integers("ids", ids)
    expect_shape("ids", ids, "N")
    u = torch.rand(len(ids), generator=generator, dtype=torch.float64)
    # u_t < P(keep w_t)
    return ids[(u < keep.cpu()[ids.cpu()]).to(ids.device)]


def noise(counts: Tensor, power: float = 0.75) -> Tensor:
    r"""Return the distribution that negative samples are drawn from.

    .. math:: P_n(w) = \frac{\#(w)^{\alpha}}{\sum_v \#(v)^{\alpha}}

    Parameters
    ----------
    counts : numbers, shape (V,)
        How often each word occurs.
    power : float
        :math:`\alpha`: 1 for the words' own frequencies, 0 for all that occur alike; words that
        never occur are never drawn.

    Returns
    -------
    Tensor, shape (V,), float64, on the CPU
        Probabilities with sum 1.

    Raises
    ------
    TypeError
        If an argument is not numeric.
    ValueError
        If `counts` is not (V,), one is negative or all are 0, or `power` is below 0.

    References
    ----------
    Mikolov, T., Sutskever, I., Chen, K., Corrado, G., Dean, J. (2013b). Distributed
    representations of words and phrases and their compositionality. NeurIPS 26.

    Chapter: 11_text_classification
    """
    expect_positive("power", power, zero=True)
    numbers = _counts("counts", counts)
    # #(w)^alpha, with 0^0 = 0
    weights = torch.where(numbers > 0, numbers**power, 0.0)
    return weights / weights.sum()  # (V,)


class _Word2Vec(nn.Module):
    """Two tables, one for the words that ask and one for the words that answer."""

    def __init__(self, vocabulary: int, features: int) -> None:
        super().__init__()
        expect_sizes(vocabulary=vocabulary, features=features)
        self.vocabulary, self.features = vocabulary, features
        self.input = nn.Embedding(vocabulary, features)
        self.output = nn.Embedding(vocabulary, features)
        # as in the authors' program: small where it asks, 0 where it answers
        nn.init.uniform_(self.input.weight, -0.5 / features, 0.5 / features)
        nn.init.zeros_(self.output.weight)

    @property
    def vectors(self) -> Tensor:
        """The word vectors, shape (V, E): the table that asks, without its graph."""
        return self.input.weight.detach()

    def _parts(self, asks: Tensor, targets: Tensor, negatives: Tensor) -> tuple[Tensor, Tensor]:
        """Return -log sigma(v·u) of the target and -log sigma(-v·u_k) of the negatives."""
        expect_shape("targets", targets, "B", B=len(asks))
        expect_shape("negatives", negatives, "B K", B=len(asks))
        # s = u_o · v
        true = (self.output(targets) * asks).sum(dim=-1)  # (B,)
        # s_k = u_k · v
        false = torch.einsum("bke,be->bk", self.output(negatives), asks)  # (B, K)
        # -log sigma(s), -log sigma(-s_k)
        return -F.logsigmoid(true), -F.logsigmoid(-false)


class SkipGram(_Word2Vec):
    r"""Word vectors that tell which words stand around a word.

    .. math:: \mathcal L = -\log \sigma(u_o^\top v_c) - \sum_{k=1}^{K} \log \sigma(-u_k^\top v_c)

    v is the table `input`, u the table `output`; c is the centre, o a word near it, and the
    :math:`u_k` belong to words drawn from `noise`. The word vectors are v, `vectors`. v starts
    uniform in :math:`\pm 1/(2E)` and u at 0, as in the authors' program.

    Parameters
    ----------
    vocabulary : int
        V, the words.
    features : int
        E, the features of a vector.

    Raises
    ------
    TypeError
        If a size is not a whole number.
    ValueError
        If a size is not above 0.

    References
    ----------
    Mikolov, T., Sutskever, I., Chen, K., Corrado, G., Dean, J. (2013b). Distributed
    representations of words and phrases and their compositionality. NeurIPS 26.

    Chapter: 11_text_classification
    """

    def forward(self, centres: Tensor, targets: Tensor, negatives: Tensor) -> tuple[Tensor, Tensor]:
        """Return the two parts of the loss of each pair, in nats.

        Parameters
        ----------
        centres : integers, shape (B,)
            The words that ask.
        targets : integers, shape (B,)
            A word near each.
        negatives : integers, shape (B, K)
            Words that were drawn.

        Returns
        -------
        positive : Tensor, shape (B,)
            :math:`-\\log \\sigma(u_o^\\top v_c)`.
        negative : Tensor, shape (B, K)
            :math:`-\\log \\sigma(-u_k^\\top v_c)`; the loss is the sum of all.

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        expect_shape("centres", centres, "B")
        return self._parts(self.input(centres), targets, negatives)


class CBOW(_Word2Vec):
    r"""Word vectors whose mean over the words around a place tells which word stands there.

    .. math:: \mathcal L = -\log \sigma(u_c^\top \bar v) - \sum_{k=1}^{K}
              \log \sigma(-u_k^\top \bar v), \qquad
              \bar v = \frac{1}{\sum_j m_j} \sum_j m_j v_{o_j}

    Parameters
    ----------
    vocabulary : int
        V, the words.
    features : int
        E, the features of a vector.

    Raises
    ------
    TypeError
        If a size is not a whole number.
    ValueError
        If a size is not above 0.

    References
    ----------
    Mikolov, T., Chen, K., Corrado, G., Dean, J. (2013a). Efficient estimation of word
    representations in vector space. ICLR workshop.

    Chapter: 11_text_classification
    """

    def forward(
        self, contexts: Tensor, mask: Tensor, targets: Tensor, negatives: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the two parts of the loss of each bag, in nats.

        Parameters
        ----------
        contexts : integers, shape (B, C)
            The words around each place.
        mask : bool, shape (B, C)
            True where there is one; at least one per row.
        targets : integers, shape (B,)
            The word at the place.
        negatives : integers, shape (B, K)
            Words that were drawn.

        Returns
        -------
        positive : Tensor, shape (B,)
        negative : Tensor, shape (B, K)
            The loss is the sum of all.

        Raises
        ------
        TypeError
            If `mask` does not hold booleans.
        ValueError
            If a shape does not fit, or a bag is empty.
        """
        sizes = expect_shape("contexts", contexts, "B C")
        expect_mask("mask", mask)
        expect_shape("mask", mask, "B C", **sizes)
        count = mask.sum(dim=1, keepdim=True)  # (B, 1)
        if len(count) and int(count.min()) == 0:
            empty = int(count[:, 0].argmin())
            raise ValueError(f"mask: expected at least one word in each bag, got none in {empty}")
        # the mean of v_{o_j} over the places where m_j = 1
        vectors = self.input(contexts).masked_fill(~mask.unsqueeze(-1), 0.0)  # (B, C, E)
        return self._parts(vectors.sum(dim=1) / count, targets, negatives)


class NegativeSampling:
    r"""The loss of `SkipGram` and `CBOW` for `training.fit`: draws the negatives of each batch.

    .. math:: \frac 1 B \sum_{b=1}^{B} \Bigl(-\log \sigma(s_b) - \sum_{k=1}^{K}
              \log \sigma(-s_{bk})\Bigr), \qquad w_{bk} \sim P_n

    As in the paper, a drawn word may happen to be the target.

    Parameters
    ----------
    probabilities : Tensor, shape (V,)
        :math:`P_n`, as `noise` returns it.
    count : int
        K, the negatives of each example.
    generator : torch.Generator, optional
        Draws; where left out torch's own, whose state a checkpoint of `fit` holds.

    Raises
    ------
    TypeError
        If `count` is not a whole number, or `probabilities` holds none.
    ValueError
        If `probabilities` is not (V,), one is negative or all are 0, or `count` is below 1.

    References
    ----------
    Mikolov, T., Sutskever, I., Chen, K., Corrado, G., Dean, J. (2013b). Distributed
    representations of words and phrases and their compositionality. NeurIPS 26.

    Chapter: 11_text_classification
    """

    def __init__(
        self, probabilities: Tensor, count: int = 5, generator: torch.Generator | None = None
    ) -> None:
        expect_sizes(count=count)
        sums = _counts("probabilities", probabilities).cumsum(0)
        self.sums, self.count, self.generator = sums / sums[-1], count, generator

    def draw(self, batch: int, device: torch.device | str | None = None) -> Tensor:
        """Return the negatives of a batch, integers (B, K)."""
        u = torch.rand(batch, self.count, generator=self.generator, dtype=torch.float64)
        # the word w with P(1) + ... + P(w - 1) ≤ u < P(1) + ... + P(w)
        return torch.searchsorted(self.sums, u, right=True).to(device)  # (B, K)

    def __call__(self, model: nn.Module, batch: Sequence[Tensor]) -> tuple[Tensor, int]:
        """Return the mean loss of a batch (*inputs, targets), and the number of its examples."""
        *inputs, targets = batch
        positive, negative = model(*inputs, targets, self.draw(len(targets), targets.device))
        # -log sigma(s_b) - sum_k log sigma(-s_bk)
        return (positive + negative.sum(dim=1)).mean(), len(targets)


def _cosines(vectors: Tensor, query: Tensor) -> Tensor:
    """Return the cosine of each row (V, E) with the query (E,); 0 for rows that are 0."""
    return _unit(vectors) @ _unit(query)


def _unit(vectors: Tensor) -> Tensor:
    norm = vectors.norm(dim=-1, keepdim=True)
    return torch.where(norm > 0, vectors / norm, 0.0)


def _nearest(cosines: Tensor, k: int, leave_out: Collection[int]) -> tuple[Tensor, Tensor]:
    size = len(cosines)
    expect_sizes(k=k)
    for number in leave_out:
        if not 0 <= number < size:
            raise ValueError(
                f"exclude: expected numbers in 0 .. V - 1 with V = {size}, got {number}"
            )
    left = size - len(set(leave_out))
    if k > left:
        raise ValueError(f"k: expected at most the {left} words that may be named, got {k}")
    cosines = cosines.clone()
    cosines[list(leave_out)] = -2.0  # below every cosine
    # the first of equals is the one with the smaller number
    order = torch.argsort(cosines, descending=True, stable=True)[:k]
    return order, cosines[order]


def neighbours(
    vectors: Tensor, query: int | Tensor, k: int = 10, *, exclude: Collection[int] = ()
) -> tuple[Tensor, Tensor]:
    r"""Return the k words whose vectors point most nearly the same way as the query's.

    .. math:: \cos(v_w, q) = \frac{v_w^\top q}{\lVert v_w \rVert\, \lVert q \rVert}

    Parameters
    ----------
    vectors : Tensor, shape (V, E)
        One row per word. The cosine with a row of zeros is 0.
    query : int or Tensor of shape (E,)
        A word, which is then no neighbour of its own; or any vector.
    k : int
        How many.
    exclude : collection of int
        Words that are not to be named, such as padding.

    Returns
    -------
    ids : integers, shape (k,)
        The nearest first; of equals the smaller number.
    cosines : Tensor, shape (k,)

    Raises
    ------
    TypeError
        If `k` is not a whole number.
    ValueError
        If a shape does not fit, a number is not in 0 .. V - 1, or fewer than k words are left.

    References
    ----------
    Mikolov, T., Chen, K., Corrado, G., Dean, J. (2013a). Efficient estimation of word
    representations in vector space. ICLR workshop.

    Chapter: 11_text_classification
    """
    sizes = expect_shape("vectors", vectors, "V E")
    vectors = vectors.detach()
    leave_out = set(exclude)
    if isinstance(query, Tensor) and query.ndim:
        expect_shape("query", query, "E", E=sizes["E"])
        wanted = query.detach()
    else:
        word = _word("query", query, sizes["V"])
        wanted = vectors[word]
        leave_out.add(word)
    return _nearest(_cosines(vectors, wanted), k, leave_out)


def _word(name: str, number: Any, size: int) -> int:
    word = int(number)
    if not 0 <= word < size:
        raise ValueError(f"{name}: expected a number in 0 .. V - 1 with V = {size}, got {word}")
    return word


def analogy(
    vectors: Tensor, a: int, b: int, c: int, k: int = 10, *, exclude: Collection[int] = ()
) -> tuple[Tensor, Tensor]:
    r"""Answer "a is to b as c is to ...?" with the words nearest to a sum of vectors.

    .. math:: \arg\max_{w \notin \{a, b, c\}} \cos(v_w,\; \hat v_b - \hat v_a + \hat v_c),
              \qquad \hat v = v / \lVert v \rVert

    The three words themselves are never named; without that rule the answer would most often be
    b or c.

    Parameters
    ----------
    vectors : Tensor, shape (V, E)
        One row per word.
    a, b, c : int
        The words.
    k : int
        How many answers.
    exclude : collection of int
        Further words that are not to be named.

    Returns
    -------
    ids : integers, shape (k,)
        The best first.
    cosines : Tensor, shape (k,)

    Raises
    ------
    TypeError
        If `k` is not a whole number.
    ValueError
        If `vectors` is not (V, E), a number is not in 0 .. V - 1, or fewer than k words are left.

    References
    ----------
    Mikolov, T., Yih, W., Zweig, G. (2013c). Linguistic regularities in continuous space word
    representations. NAACL-HLT. Levy, O., Goldberg, Y. (2014). Linguistic regularities in sparse
    and explicit word representations. CoNLL.

    Chapter: 11_text_classification
    """
    sizes = expect_shape("vectors", vectors, "V E")
    words = [_word(name, word, sizes["V"]) for name, word in (("a", a), ("b", b), ("c", c))]
    rows = _unit(vectors.detach())  # (V, E)
    # v_b - v_a + v_c, each of length 1
    query = rows[words[1]] - rows[words[0]] + rows[words[2]]  # (E,)
    return _nearest(_cosines(rows, query), k, {*words, *exclude})
