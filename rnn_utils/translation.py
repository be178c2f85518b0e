"""Translation: pieces of words, a model with attention over them, and scores in its parts."""

from __future__ import annotations

import heapq
import re
import string
import unicodedata
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

from rnn_utils import metrics
from rnn_utils._errors import expect_as_many, expect_positive, expect_share, expect_sizes
from rnn_utils.attention import AttentionDecoder
from rnn_utils.decoding import Hypothesis, beam_search, greedy
from rnn_utils.seq2seq import Decoder, Encoder, Seq2Seq, shift
from rnn_utils.sequences import Batches, Vocabulary, batches, mask, pad
from rnn_utils.training import evaluating

__all__ = [
    "BPE",
    "Breakdown",
    "PairBatch",
    "PairBatches",
    "Translator",
    "by_length",
    "by_rarity",
    "pair_batches",
    "tokenize_13a",
    "translation_loss",
]

MARK = "▁"  # stands for the space before a word, as in SentencePiece
UNKNOWN = "<unk>"  # the piece of a character that was not there to learn from
START, END = "<s>", "</s>"

Pair = tuple[str, str]


class BPE:
    r"""Cuts words into pieces: the most frequent pair of neighbours is joined, again and again.

    .. math:: (a, b)_k = \operatorname*{arg\,max}_{(a, b)} \sum_{w} n_w\,
              \mathrm{count}_w(a, b), \qquad k = 1, \dots, K

    A word stands between spaces, and the mark ``▁`` before it is its first character. At first
    every character is a piece. Merge k joins the pair that stands together most often, over all
    words w with their counts :math:`n_w`, wherever it stands, from left to right. Of pairs that
    are equally frequent that one is joined whose pieces are older: first the characters in the
    order of their code points, then the joined pieces in the order in which they were made; the
    left piece decides, then the right one.

    Parameters
    ----------
    merges : sequence of pairs of str
        K pairs, the first one joined first. `learn` finds them in texts.
    alphabet : iterable of str
        The characters that are known.
    punctuation : bool
        Whether each punctuation mark is a word of its own, which joins nothing.

    Raises
    ------
    ValueError
        If something in the alphabet is not one character, or a merge joins what is no piece.

    References
    ----------
    Gage, P. (1994). A new algorithm for data compression. The C Users Journal 12(2), 23-38.
    Sennrich, R., Haddow, B. and Birch, A. (2016). Neural machine translation of rare words with
    subword units. ACL.
    The mark: Kudo, T. and Richardson, J. (2018). SentencePiece. EMNLP, demonstrations.

    Chapter: 13_translation
    """

    def __init__(
        self, merges: Iterable[Pair], alphabet: Iterable[str], *, punctuation: bool = False
    ) -> None:
        self.merges: tuple[Pair, ...] = tuple((left, right) for left, right in merges)
        self.alphabet: tuple[str, ...] = tuple(sorted({MARK, *alphabet}))
        self.punctuation = punctuation
        self._characters = frozenset(self.alphabet)
        known = dict.fromkeys(self.alphabet)
        for character in self.alphabet:
            if len(character) != 1:
                raise ValueError(f"alphabet: expected single characters, got {character!r}")
        self._ranks: dict[Pair, int] = {}
        for rank, (left, right) in enumerate(self.merges):
            for piece in (left, right):
                if piece not in known:
                    raise ValueError(
                        f"merges: expected pairs of pieces that are there, got {piece!r} "
                        f"in merge {rank}"
                    )
            known[left + right] = None
            self._ranks[left, right] = rank
        self.pieces: tuple[str, ...] = tuple(known)
        special = {START, END, UNKNOWN, "<pad>"}
        self.vocabulary = Vocabulary(
            [START, END, *(piece for piece in self.pieces if piece not in special)],
            unknown=UNKNOWN,
        )
        self._cache: dict[str, list[str]] = {}

    @classmethod
    def learn(
        cls,
        texts: Iterable[str],
        merges: int,
        *,
        min_count: int = 2,
        punctuation: bool = False,
    ) -> BPE:
        """Find the merges in texts.

        The counts of pairs are kept from merge to merge: only words that hold the joined pair
        are counted anew, so that the time grows with the text and not with text times merges.

        Parameters
        ----------
        texts : iterable of str
            Such as the sentences to learn from.
        merges : int
            K, the most merges; 0 leaves characters.
        min_count : int
            How often a pair must stand in the texts to be joined.
        punctuation : bool
            As for the class.

        Returns
        -------
        BPE
            With fewer than K merges where no pair is left that is frequent enough.

        Raises
        ------
        TypeError
            If `texts` is a single string, or a number is none.
        ValueError
            If `merges` is below 0, `min_count` below 1, or there is no word in the texts.
        """
        if isinstance(texts, str):
            raise TypeError("texts: expected an iterable of strings, got a single string")
        expect_positive("merges", merges, zero=True)
        expect_sizes(min_count=min_count)
        counts = Counter(word for text in texts for word in _words(text, punctuation))
        if not counts:
            raise ValueError("texts: expected at least one word, got none")
        pieces = sorted({MARK, *(character for word in counts for character in word)})
        found = _merge(counts, pieces, merges, min_count)
        alphabet = [piece for piece in pieces if len(piece) == 1]
        return cls(found, alphabet, punctuation=punctuation)

    def encode(self, text: str) -> list[str]:
        """Cut a text into pieces.

        In each word the merge that was learned first is applied first, at the leftmost place,
        until no merge applies any more.

        Parameters
        ----------
        text : str
            Any white space ends a word.

        Returns
        -------
        list of str
            The pieces; a character outside the alphabet becomes ``"<unk>"``.

        Raises
        ------
        TypeError
            If `text` is no string.
        """
        if not isinstance(text, str):
            raise TypeError(f"text: expected a string, got {type(text).__name__}")
        return [
            piece for word in _words(text, self.punctuation) for piece in self._encode_word(word)
        ]

    def _encode_word(self, word: str) -> list[str]:
        if word in self._cache:
            return self._cache[word]
        pieces = [character if character in self._characters else UNKNOWN for character in word]
        none = len(self.merges)
        while len(pieces) > 1:
            pairs = pairwise(pieces)
            # the oldest merge of all that apply, and its leftmost place
            rank, place = min(
                (self._ranks.get(pair, none), place) for place, pair in enumerate(pairs)
            )
            if rank == none:
                break
            pieces[place : place + 2] = [pieces[place] + pieces[place + 1]]
        self._cache[word] = pieces
        return pieces

    def decode(self, pieces: Iterable[str]) -> str:
        """Put a text together again: ``decode(encode(text)) == text`` for known characters.

        Parameters
        ----------
        pieces : iterable of str

        Returns
        -------
        str
            With one space between words and none around them.
        """
        return "".join(pieces).replace(MARK, " ").strip()

    def ids(self, text: str) -> Tensor:
        """Return the numbers of a text's pieces in `vocabulary`, with the end symbol's.

        Parameters
        ----------
        text : str

        Returns
        -------
        Tensor, shape (T,)
            At least the end symbol.
        """
        return self.vocabulary.encode([*self.encode(text), END])

    def __len__(self) -> int:
        return len(self.pieces)

    def __repr__(self) -> str:
        return f"BPE({len(self.alphabet)} characters, {len(self.merges):,} merges)"


def _words(text: str, punctuation: bool) -> list[str]:
    """Return the words of a text, each with the mark before it."""
    words = [MARK + word for word in text.replace(MARK, " ").split()]
    if not punctuation:
        return words
    return [part for word in words for part in _apart(word)]


def _apart(word: str) -> list[str]:
    """Put each punctuation mark on its own."""
    parts, begun = [], ""
    for character in word:
        if character in string.punctuation or unicodedata.category(character)[0] == "P":
            parts += [begun, character] if begun else [character]
            begun = ""
        else:
            begun += character
    return [*parts, begun] if begun else parts


def _merge(words: Mapping[str, int], pieces: list[str], merges: int, least: int) -> list[Pair]:
    """Return the merges, and append to `pieces` what they make."""
    numbers = {piece: number for number, piece in enumerate(pieces)}
    cut = [[numbers[character] for character in word] for word in words]
    weights = list(words.values())
    counts: Counter[tuple[int, int]] = Counter()
    places: defaultdict[tuple[int, int], set[int]] = defaultdict(set)  # the words that hold it
    for place, (symbols, weight) in enumerate(zip(cut, weights, strict=True)):
        for pair in pairwise(symbols):
            counts[pair] += weight
            places[pair].add(place)
    # the most frequent first, then the older left piece, then the older right one
    queue = [(-count, pair) for pair, count in counts.items()]
    heapq.heapify(queue)
    found: list[Pair] = []
    while queue and len(found) < merges:
        count, pair = heapq.heappop(queue)
        if -count != counts[pair]:
            continue  # an entry from before the count changed
        if -count < least:
            break
        found.append((pieces[pair[0]], pieces[pair[1]]))
        made = len(pieces)  # a new piece: no two merges make the same one (section 13.3)
        pieces.append("".join(found[-1]))
        changed: Counter[tuple[int, int]] = Counter()
        for place in places.pop(pair):
            symbols = cut[place]
            after = _join(symbols, pair, made)
            if len(after) == len(symbols):
                continue  # it was there once
            for old in pairwise(symbols):
                changed[old] -= weights[place]
            for new in pairwise(after):
                changed[new] += weights[place]
                places[new].add(place)
            cut[place] = after
        for other, change in changed.items():
            if change:
                counts[other] += change
                if counts[other] > 0:
                    heapq.heappush(queue, (-counts[other], other))
                else:
                    del counts[other]
    return found


def _join(symbols: list[int], pair: tuple[int, int], joined: int) -> list[int]:
    """Replace a pair from left to right, wherever it stands."""
    after: list[int] = []
    place = 0
    while place < len(symbols):
        if tuple(symbols[place : place + 2]) == pair:
            after.append(joined)
            place += 2
        else:
            after.append(symbols[place])
            place += 1
    return after


class PairBatch(NamedTuple):
    """Some pairs as padded tensors.

    Parameters
    ----------
    source : integers, shape (B, T)
        The pieces of the sources, each with its end symbol.
    lengths : integers, shape (B,)
        How many pieces each source has.
    inputs : integers, shape (B, U)
        What the decoder reads: the targets behind the start symbol.
    targets : integers, shape (B, U)
        What it should write: the targets with their end symbol.
    mask : bool, shape (B, U)
        True where a target is real.

    References
    ----------
    Chapter: 13_translation
    """

    source: Tensor
    lengths: Tensor
    inputs: Tensor
    targets: Tensor
    mask: Tensor


class PairBatches(Batches[PairBatch]):
    """The pairs of a corpus, in batches of like length: what `pair_batches` returns.

    Shuffled, each reading draws its order from torch's global generator, which a checkpoint of
    `rnn_utils.training.fit` holds.

    References
    ----------
    Chapter: 13_translation
    """

    spread = 384  # a target longer by one piece

    def __init__(
        self, pairs: Sequence[tuple[Tensor, Tensor]], start: int, size: int, shuffle: bool
    ) -> None:
        # the last layer costs most, and it works once per piece of the target
        lengths = torch.tensor([256 * len(t) + min(len(s), 255) for s, t in pairs])
        super().__init__(lengths, size, shuffle)
        self.pairs, self.start = pairs, start

    def _collate(self, rows: list[int]) -> PairBatch:
        source, lengths = pad([self.pairs[row][0] for row in rows])
        targets, counts = pad([self.pairs[row][1] for row in rows])
        return PairBatch(source, lengths, shift(targets, self.start), targets, mask(counts))


def pair_batches(
    pairs: Iterable[Pair], source: BPE, target: BPE, size: int, *, shuffle: bool = False
) -> PairBatches:
    """Put pairs of sentences into batches in which little is padded.

    Parameters
    ----------
    pairs : iterable of (str, str)
        Sentences and their translations.
    source, target : BPE
        What cuts them; the same one twice for a joint vocabulary.
    size : int
        B, the pairs of a batch; the last one may have fewer.
    shuffle : bool
        Whether each reading has an order of its own.

    Returns
    -------
    PairBatches
        Yields `PairBatch`, each pair in exactly one of them.

    Raises
    ------
    TypeError
        If `size` is not a number.
    ValueError
        If `size` is below 1, or there is no pair.

    References
    ----------
    Chapter: 13_translation
    """
    cut = [(source.ids(asked), target.ids(answer)) for asked, answer in pairs]
    if not cut:
        raise ValueError("pairs: expected at least one pair, got none")
    return PairBatches(cut, int(target.vocabulary.encode([START])), size, shuffle)


class Translator(Seq2Seq):
    r"""An encoder that reads both ways and a decoder that looks back, over pieces of words.

    .. math:: P(y \mid x) = \prod_{u=1}^{U} P(y_u \mid y_1, \dots, y_{u-1}, x)

    Parameters
    ----------
    source, target : BPE
        What cuts sentences into pieces, one for each language or twice the same.
    embedding : int
        E, the features of a piece.
    hidden : int
        H, the features of the decoder's state; the encoder has H / 2 in each direction.
    cell : {"gru", "lstm", "rnn"} or callable
        As for `rnn_utils.seq2seq.Encoder`.
    num_layers : int
        L, the layers of each.
    dropout : float
        The share set to 0 while training, of embeddings, between layers and before the softmax.
    attention : bool
        Whether the decoder looks back at the source. Without, it has the encoder's final state
        and nothing else, which it reads at every step.
    score : {"general", "dot", "scaled", "additive"}
        As for `rnn_utils.attention.AttentionDecoder`.
    feed : bool
        As for `rnn_utils.attention.AttentionDecoder`.
    tied : bool
        Whether the decoder's table of pieces is also the matrix of its last layer; needs
        attention and `embedding` equal to `hidden`.

    Raises
    ------
    ValueError
        If `hidden` is odd or a size is not above 0, or weights cannot be tied.

    References
    ----------
    Bahdanau, D., Cho, K. and Bengio, Y. (2015). Neural machine translation by jointly learning
    to align and translate. ICLR.
    Luong, M.-T., Pham, H. and Manning, C. D. (2015). Effective approaches to attention-based
    neural machine translation. EMNLP.

    Chapter: 13_translation
    """

    def __init__(
        self,
        source: BPE,
        target: BPE,
        embedding: int,
        hidden: int,
        cell: str | Callable[..., nn.Module] = "gru",
        num_layers: int = 1,
        *,
        dropout: float = 0.0,
        attention: bool = True,
        score: str = "general",
        feed: bool = False,
        tied: bool = False,
    ) -> None:
        expect_sizes(hidden=hidden)
        if hidden % 2:
            raise ValueError(f"hidden: expected an even number, half for each way, got {hidden}")
        if tied and (embedding != hidden or not attention):
            raise ValueError(
                f"tied: expected attention and embedding equal to hidden = {hidden}, "
                f"got attention={attention} and embedding = {embedding}"
            )
        sizes = [len(bpe.vocabulary) for bpe in (source, target)]
        encoder = Encoder(sizes[0], embedding, hidden // 2, cell, num_layers, True, dropout)
        decoder: Decoder
        if attention:
            decoder = AttentionDecoder(
                sizes[1],
                embedding,
                hidden,
                hidden,
                cell,
                num_layers,
                dropout,
                score=score,
                feed=feed,
            )
        else:
            decoder = Decoder(sizes[1], embedding, hidden, cell, num_layers, dropout, context=True)
        super().__init__(encoder, decoder)
        if tied:
            nn.init.normal_(decoder.embedding.weight, std=hidden**-0.5)
            with torch.no_grad():
                decoder.embedding.weight[0] = 0
            decoder.head.weight = decoder.embedding.weight
        self.source, self.target = source, target
        self.start, self.end = target.vocabulary.encode([START, END]).tolist()

    def translate(
        self,
        sentences: Sequence[str],
        width: int = 1,
        length_penalty: float = 0.0,
        max_length: int = 100,
        batch_size: int = 64,
    ) -> list[str]:
        """Translate sentences; what becomes of one does not depend on the others.

        Parameters
        ----------
        sentences : sequence of N str
            In any order; they are sorted by length and put back.
        width : int
            1 takes the likeliest piece each time, more is a beam.
        length_penalty : float
            As for `rnn_utils.decoding.beam_search`.
        max_length : int
            The most pieces of a translation.
        batch_size : int
            Sentences at a time.

        Returns
        -------
        list of N str

        Raises
        ------
        TypeError
            If `sentences` is a single string.
        ValueError
            If a number is below 1, or `length_penalty` below 0.
        """
        found = self.search(sentences, width, length_penalty, max_length, batch_size)
        return [self.text(hypotheses[0]) for hypotheses in found]

    def text(self, hypothesis: Hypothesis) -> str:
        """Return the text of what a search found."""
        return self.target.decode(self.target.vocabulary.decode(hypothesis.tokens))

    def search(
        self,
        sentences: Sequence[str],
        width: int = 1,
        length_penalty: float = 0.0,
        max_length: int = 100,
        batch_size: int = 64,
    ) -> list[list[Hypothesis]]:
        """Return what the search found for each sentence, the best first; see `translate`."""
        if isinstance(sentences, str):
            raise TypeError("sentences: expected a sequence of strings, got a single string")
        expect_sizes(width=width, max_length=max_length, batch_size=batch_size)
        expect_positive("length_penalty", length_penalty, zero=True)
        device = next(self.parameters()).device
        cut = [self.source.ids(sentence) for sentence in sentences]
        found: list[list[Hypothesis]] = [[] for _ in cut]
        lengths = [len(ids) for ids in cut]
        with evaluating(self):
            for rows in batches(lengths, batch_size, bucket=True) if cut else ():
                tokens, counts = pad([cut[row] for row in rows.tolist()])
                state = self.encode(tokens.to(device), counts)
                ends = (self.start, self.end)
                if width == 1:
                    best = greedy(self.step, state, *ends, max_length)
                    lists = [[hypothesis] for hypothesis in best]
                else:
                    lists = beam_search(self.step, state, *ends, width, max_length, length_penalty)
                for row, hypotheses in zip(rows.tolist(), lists, strict=True):
                    found[row] = hypotheses
        return found

    def align(self, sentence: str, translation: str) -> tuple[list[str], list[str], Tensor]:
        """Return the pieces of a sentence and of its translation, and where the one looks.

        Parameters
        ----------
        sentence, translation : str

        Returns
        -------
        source : list of T str
            The end symbol included.
        target : list of U str
            The end symbol included.
        weights : Tensor, shape (U, T)
            Row u: the attention while piece u is written.

        Raises
        ------
        TypeError
            If the model has no attention.
        """
        if not isinstance(self.decoder, AttentionDecoder):
            raise TypeError("model: expected attention, this one has none to show")
        device = next(self.parameters()).device
        source = self.source.ids(sentence).unsqueeze(0).to(device)
        target = self.target.ids(translation).unsqueeze(0).to(device)
        with evaluating(self):
            weights = self.decoder.align(shift(target, self.start), self.encode(source))[0]
        return (
            [*self.source.encode(sentence), END],
            [*self.target.encode(translation), END],
            weights.cpu(),
        )


def translation_loss(
    label_smoothing: float = 0.0,
) -> Callable[[nn.Module, PairBatch], tuple[Tensor, int]]:
    r"""Return the loss of a `Translator` for `rnn_utils.training.fit`.

    .. math:: -\frac{1}{\sum_{bu} m_{bu}} \sum_{bu} m_{bu} \Bigl((1 - \epsilon)
              \log P(y_{bu}) + \frac{\epsilon}{V} \sum_{v} \log P(v)\Bigr)

    Parameters
    ----------
    label_smoothing : float
        :math:`\epsilon`, used while the model trains; in evaluation mode it is 0.

    Returns
    -------
    callable
        loss(model, batch) -> (mean per real piece in nats, number of real pieces).

    Raises
    ------
    ValueError
        If `label_smoothing` is no share.

    References
    ----------
    Szegedy, C. et al. (2016). Rethinking the Inception architecture for computer vision. CVPR.

    Chapter: 13_translation
    """
    expect_share("label_smoothing", label_smoothing)

    def loss(model: nn.Module, batch: PairBatch) -> tuple[Tensor, int]:
        logits = model(batch.source, batch.inputs, batch.lengths)  # (B, U, V)
        smoothing = label_smoothing if model.training else 0.0
        # padding has the number -100, which cross_entropy passes over
        targets = batch.targets.masked_fill(~batch.mask, -100)  # (B, U)
        mean = nn.functional.cross_entropy(
            logits.flatten(0, 1), targets.flatten(), label_smoothing=smoothing
        )
        return mean, int(batch.mask.sum())

    return loss


def tokenize_13a(text: str) -> list[str]:
    """Cut a sentence into the words and marks that BLEU is counted over in publications.

    Symbols and most punctuation stand alone; a dot or comma does unless digits stand on both
    sides of it, a hyphen only behind a digit.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of str

    References
    ----------
    The script mteval-v13a of NIST. Post, M. (2018). A call for clarity in reporting BLEU scores.
    WMT: equal to ``sacrebleu``'s tokenizer ``13a``.

    Chapter: 13_translation
    """
    text = text.replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    for name, character in (("quot", '"'), ("amp", "&"), ("lt", "<"), ("gt", ">")):
        text = text.replace(f"&{name};", character)
    text = _ALONE.sub(r" \g<0> ", f" {text} ")
    text = _DOT_AFTER.sub(r"\1 \2 ", text)
    text = _DOT_BEFORE.sub(r" \1 \2", text)
    return _HYPHEN.sub(r"\1 \2 ", text).split()


_ALONE = re.compile(r"[!-&(-+/:-@\[-`{-~]")  # ASCII marks but for ' , - .
_DOT_AFTER = re.compile(r"([^0-9])([.,])")
_DOT_BEFORE = re.compile(r"([.,])([^0-9])")
_HYPHEN = re.compile(r"([0-9])(-)")


@dataclass(frozen=True)
class Breakdown:
    """One row of a breakdown: what lies from `low` to `high`, both included.

    Parameters
    ----------
    low, high : int
        The range; `high` is None in the last row.
    count : int
        How many sentences or words fall into it.
    score : float or None
        Their score; None where there are none.

    References
    ----------
    Chapter: 13_translation
    """

    low: int
    high: int | None
    count: int
    score: float | None

    @property
    def name(self) -> str:
        """The range in words."""
        if self.high is None:
            return f"{self.low} and more"
        return f"{self.low}" if self.high == self.low else f"{self.low} to {self.high}"


def by_length(
    sources: Sequence[str],
    hypotheses: Sequence[str],
    references: Sequence[str],
    edges: Sequence[int] = (0, 8, 11, 14, 18),
    tokenize: Callable[[str], Sequence[str]] = tokenize_13a,
) -> list[Breakdown]:
    """Return the BLEU of the sentences of each length.

    Parameters
    ----------
    sources, hypotheses, references : sequences of N str
        In the same order.
    edges : sequence of int
        Where each range begins, in rising order; lengths are those of the sources.
    tokenize : callable
        What cuts a sentence into words, for the lengths and for BLEU.

    Returns
    -------
    list of Breakdown
        One per range; every sentence is counted in exactly one. BLEU is smoothed ("exp"), for a
        range may be small.

    Raises
    ------
    ValueError
        If they are not equally many, there is none, the edges do not rise, or a sentence is
        shorter than the first of them.

    References
    ----------
    Chapter: 13_translation
    """
    expect_as_many(sources=sources, hypotheses=hypotheses, references=references)
    spans = _spans(edges)
    groups: list[list[int]] = [[] for _ in edges]
    for row, sentence in enumerate(sources):
        groups[_range("sources", len(tokenize(sentence)), edges)].append(row)
    return [
        Breakdown(
            low,
            high,
            len(rows),
            metrics.bleu(
                [hypotheses[row] for row in rows],
                [[references[row]] for row in rows],
                smoothing="exp",
                tokenize=tokenize,
            )
            if rows
            else None,
        )
        for (low, high), rows in zip(spans, groups, strict=True)
    ]


def by_rarity(
    hypotheses: Sequence[str],
    references: Sequence[str],
    counts: Mapping[str, int],
    edges: Sequence[int] = (0, 1, 10, 100, 1000),
    tokenize: Callable[[str], Sequence[str]] = tokenize_13a,
) -> list[Breakdown]:
    r"""Return how many words of each rarity the hypotheses have found.

    .. math:: \frac{\sum_i \sum_{w} \min(\mathrm{count}_{\hat y_i}(w),
              \mathrm{count}_{y_i}(w))}{\sum_i \sum_{w} \mathrm{count}_{y_i}(w)}

    The inner sums run over the words w of the range.

    Parameters
    ----------
    hypotheses, references : sequences of N str
        In the same order.
    counts : mapping of str to int
        How often each word stands in the text that was learned from; 0 where it is left out.
    edges : sequence of int
        Where each range begins, in rising order.
    tokenize : callable
        What cuts a sentence into words.

    Returns
    -------
    list of Breakdown
        One per range: the number of words of the references in it and the share that was found;
        every word is counted in exactly one.

    Raises
    ------
    ValueError
        If they are not equally many, there is none, the edges do not rise, or a count lies
        below the first of them.

    References
    ----------
    Chapter: 13_translation
    """
    expect_as_many(hypotheses=hypotheses, references=references)
    spans = _spans(edges)
    asked, found = [0] * len(edges), [0] * len(edges)
    for hypothesis, reference in zip(hypotheses, references, strict=True):
        said = Counter(tokenize(hypothesis))
        for word, count in Counter(tokenize(reference)).items():
            place = _range("counts", counts.get(word, 0), edges)
            asked[place] += count
            # min(count in the hypothesis, count in the reference)
            found[place] += min(said[word], count)
    return [
        Breakdown(low, high, total, right / total if total else None)
        for (low, high), total, right in zip(spans, asked, found, strict=True)
    ]


def _range(name: str, value: int, edges: Sequence[int]) -> int:
    place = bisect(edges, value) - 1
    if place < 0:
        raise ValueError(f"{name}: expected at least the first of edges, {edges[0]}, got {value}")
    return place


def _spans(edges: Sequence[int]) -> list[tuple[int, int | None]]:
    if not edges or any(a >= b for a, b in pairwise(edges)):
        raise ValueError(f"edges: expected rising numbers, at least one, got {list(edges)}")
    return list(zip(edges, [*(edge - 1 for edge in edges[1:]), None], strict=True))
