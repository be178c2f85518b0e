"""Attention: scores, masks, a decoder that looks back, and the parts of a Transformer."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from rnn_utils._errors import expect_one_of, expect_positive, expect_shape, expect_share
from rnn_utils.recurrent import expect_mask
from rnn_utils.seq2seq import Decoder, State, make_layer, state_parts

__all__ = [
    "AdditiveAttention",
    "AttentionDecoder",
    "DotAttention",
    "GeneralAttention",
    "MultiHeadAttention",
    "Transformer",
    "TransformerDecoderLayer",
    "TransformerEncoderLayer",
    "causal_mask",
    "masked_softmax",
    "sinusoidal_positions",
]

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "gelu": nn.functional.gelu,
}
POSITIONS = ("sinusoidal", "learned", "none")


def masked_softmax(scores: Tensor, mask: Tensor | None = None) -> Tensor:
    r"""Turn scores into weights that sum to 1 over the real positions and are 0 on the others.

    .. math:: \alpha_j = \frac{\mu_j e^{e_j}}{\sum_{k=1}^{T} \mu_k e^{e_k}},
              \qquad \mu_j \in \{0, 1\}

    The weights of a row without a real position are all 0, and so is its gradient; what the
    scores hold where the mask is False, infinities and NaN included, never matters.

    Parameters
    ----------
    scores : Tensor, shape (..., T)
        The scores :math:`e_j`.
    mask : bool Tensor, shape (..., T), optional
        True where a position is real; any shape that broadcasts to that of `scores`.

    Returns
    -------
    Tensor, shape (..., T)
        The weights.

    Raises
    ------
    TypeError
        If `mask` does not hold booleans.
    ValueError
        If `mask` does not broadcast to the shape of `scores`.

    References
    ----------
    Bahdanau, D., Cho, K. and Bengio, Y. (2015). Neural machine translation by jointly learning
    to align and translate. ICLR.

    Chapter: 09_attention
    """
    if mask is None:
        return torch.softmax(scores, dim=-1)
    expect_mask("mask", mask)
    try:
        mask = mask.expand_as(scores)
    except RuntimeError:
        raise ValueError(
            f"mask: expected a shape that broadcasts to that of the scores, "
            f"{tuple(scores.shape)}, got {tuple(mask.shape)}"
        ) from None
    empty = ~mask.any(dim=-1, keepdim=True)  # (..., 1)
    # e_j = -inf where mu_j = 0; a row of nothing else is set to 0 first, for it has no softmax
    scores = scores.masked_fill(~mask, -math.inf).masked_fill(empty, 0.0)
    # alpha_j = mu_j exp(e_j) / sum_k mu_k exp(e_k)
    return torch.softmax(scores, dim=-1).masked_fill(~mask, 0.0)


def causal_mask(steps: int, device: torch.device | str | None = None) -> Tensor:
    r"""Return the mask that lets each step look at itself and at what came before.

    .. math:: \mu_{tj} = 1 \text{ if } j \le t, \text{ else } 0

    Parameters
    ----------
    steps : int
        T.
    device : optional
        Where the mask is kept.

    Returns
    -------
    bool Tensor, shape (1, T, T)
        True on and below the diagonal.

    Raises
    ------
    ValueError
        If `steps` is below 0.

    References
    ----------
    Vaswani, A. et al. (2017). Attention is all you need. NeurIPS 30.

    Chapter: 09_attention
    """
    expect_positive("steps", steps, zero=True)
    return torch.ones(steps, steps, dtype=torch.bool, device=device).tril().unsqueeze(0)


class _Attention(nn.Module):
    """What the scores share: the checks, the masked softmax, the weighted mean."""

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """Return the scores (B, Q, T) of queries (B, Q, query features), keys (B, T, features)."""
        raise NotImplementedError

    def forward(
        self,
        query: Tensor,
        keys: Tensor,
        values: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Return for each query the weighted mean of the values, and the weights.

        Parameters
        ----------
        query : Tensor, shape (B, Q, query features)
            What asks, such as the states of a decoder.
        keys : Tensor, shape (B, T, key features)
            What is compared with the queries, such as the states of an encoder.
        values : Tensor, shape (B, T, value features), optional
            What is averaged; the keys where left out.
        mask : bool Tensor, shape (B, T) or (B, Q, T), optional
            True where a key is real; all are where left out. With three axes, B may be 1.

        Returns
        -------
        context : Tensor, shape (B, Q, value features)
            The weighted means; 0 for a query that may look at nothing.
        weights : Tensor, shape (B, Q, T)
            The weights, exactly 0 where the mask is False.

        Raises
        ------
        ValueError
            If a shape does not fit.
        TypeError
            If `mask` does not hold booleans.
        """
        sizes = expect_shape("query", query, "B Q D")
        batch, queries = sizes["B"], sizes["Q"]
        steps = expect_shape("keys", keys, "B T D", B=batch)["T"]
        values = keys if values is None else values
        expect_shape("values", values, "B T D", B=batch, T=steps)
        # alpha = softmax(e),  c = sum_j alpha_j v_j
        weights = masked_softmax(
            self.score(query, keys), _three_axes("mask", mask, batch, queries, steps)
        )  # (B, Q, T)
        return weights @ values, weights


class AdditiveAttention(_Attention):
    r"""Attention whose score is a small network with one hidden layer.

    .. math:: e_{ij} = v^\top \tanh\left(W_q s_i + W_k h_j\right)

    It learns :math:`A (D_q + D_k + 1)` numbers.

    Parameters
    ----------
    query_size : int
        :math:`D_q`, the features of a query.
    key_size : int
        :math:`D_k`, the features of a key.
    hidden_size : int
        A, the units of the hidden layer.
    device, dtype : optional
        Where and how the weights are kept.

    Raises
    ------
    ValueError
        If a size is not above 0.

    References
    ----------
    Bahdanau, D., Cho, K. and Bengio, Y. (2015). Neural machine translation by jointly learning
    to align and translate. ICLR.

    Chapter: 09_attention
    """

    def __init__(
        self,
        query_size: int,
        key_size: int,
        hidden_size: int,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        expect_positive("query_size", query_size)
        expect_positive("key_size", key_size)
        expect_positive("hidden_size", hidden_size)
        self.query_size, self.key_size, self.hidden_size = query_size, key_size, hidden_size
        place: dict[str, Any] = {"device": device, "dtype": dtype}
        self.weight_query = nn.Parameter(torch.empty(hidden_size, query_size, **place))
        self.weight_key = nn.Parameter(torch.empty(hidden_size, key_size, **place))
        self.weight_score = nn.Parameter(torch.empty(hidden_size, **place))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the weights anew, uniform in one over the root of what each map reads."""
        for weight in (self.weight_query, self.weight_key, self.weight_score):
            bound = 1 / math.sqrt(weight.shape[-1])
            nn.init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        """Return what `repr` shows between the brackets."""
        return f"{self.query_size}, {self.key_size}, {self.hidden_size}"

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """Return the scores, shape (B, Q, T).

        Parameters
        ----------
        query : Tensor, shape (B, Q, query_size)
            What asks.
        keys : Tensor, shape (B, T, key_size)
            What is compared with it.

        Returns
        -------
        Tensor, shape (B, Q, T)
            The scores.

        Raises
        ------
        ValueError
            If a shape does not fit the weights.
        """
        batch = expect_shape("query", query, "B Q D", D=self.query_size)["B"]
        expect_shape("keys", keys, "B T D", B=batch, D=self.key_size)
        # e_ij = v^T tanh(W_q s_i + W_k h_j)
        asked = (query @ self.weight_query.T).unsqueeze(2)  # (B, Q, 1, A)
        offered = (keys @ self.weight_key.T).unsqueeze(1)  # (B, 1, T, A)
        return torch.tanh(asked + offered) @ self.weight_score  # (B, Q, T)


class DotAttention(_Attention):
    r"""Attention whose score is the dot product of query and key; it learns nothing.

    .. math:: e_{ij} = s_i^\top h_j \quad\text{or, scaled,}\quad
              e_{ij} = \frac{s_i^\top h_j}{\sqrt D}

    Parameters
    ----------
    scaled : bool
        Whether the product is divided by the root of the number of features.

    References
    ----------
    Luong, M.-T., Pham, H. and Manning, C. D. (2015). Effective approaches to attention-based
    neural machine translation. EMNLP.
    Vaswani, A. et al. (2017). Attention is all you need. NeurIPS 30.

    Chapter: 09_attention
    """

    def __init__(self, scaled: bool = False) -> None:
        super().__init__()
        self.scaled = scaled

    def extra_repr(self) -> str:
        """Return what `repr` shows between the brackets."""
        return "scaled=True" if self.scaled else ""

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """Return the scores, shape (B, Q, T).

        Parameters
        ----------
        query : Tensor, shape (B, Q, D)
            What asks.
        keys : Tensor, shape (B, T, D)
            What is compared with it.

        Returns
        -------
        Tensor, shape (B, Q, T)
            The scores.

        Raises
        ------
        ValueError
            If the features differ.
        """
        sizes = expect_shape("query", query, "B Q D")
        expect_shape("keys", keys, "B T D", B=sizes["B"], D=sizes["D"])
        # e_ij = s_i^T h_j
        scores = query @ keys.mT  # (B, Q, T)
        # e_ij = s_i^T h_j / sqrt(D)
        return scores / math.sqrt(sizes["D"]) if self.scaled else scores


class GeneralAttention(_Attention):
    r"""Attention whose score is a dot product with a learned matrix between query and key.

    .. math:: e_{ij} = s_i^\top W h_j

    It learns :math:`D_q D_k` numbers.

    Parameters
    ----------
    query_size : int
        :math:`D_q`, the features of a query.
    key_size : int
        :math:`D_k`, the features of a key.
    device, dtype : optional
        Where and how the weights are kept.

    Raises
    ------
    ValueError
        If a size is not above 0.

    References
    ----------
    Luong, M.-T., Pham, H. and Manning, C. D. (2015). Effective approaches to attention-based
    neural machine translation. EMNLP.

    Chapter: 09_attention
    """

    def __init__(
        self,
        query_size: int,
        key_size: int,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        expect_positive("query_size", query_size)
        expect_positive("key_size", key_size)
        self.query_size, self.key_size = query_size, key_size
        self.weight = nn.Parameter(torch.empty(query_size, key_size, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the weights anew, uniform in :math:`\pm 1 / \sqrt{D_k}`."""
        bound = 1 / math.sqrt(self.key_size)
        nn.init.uniform_(self.weight, -bound, bound)

    def extra_repr(self) -> str:
        """Return what `repr` shows between the brackets."""
        return f"{self.query_size}, {self.key_size}"

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """Return the scores, shape (B, Q, T).

        Parameters
        ----------
        query : Tensor, shape (B, Q, query_size)
            What asks.
        keys : Tensor, shape (B, T, key_size)
            What is compared with it.

        Returns
        -------
        Tensor, shape (B, Q, T)
            The scores.

        Raises
        ------
        ValueError
            If a shape does not fit the weights.
        """
        batch = expect_shape("query", query, "B Q D", D=self.query_size)["B"]
        expect_shape("keys", keys, "B T D", B=batch, D=self.key_size)
        # e_ij = s_i^T W h_j
        return query @ self.weight @ keys.mT  # (B, Q, T)


class AttentionDecoder(Decoder):
    r"""A decoder that looks back at the whole source each time it writes; fits `Seq2Seq`.

    .. math::

       s_u = F(s_{u-1}, E_{y_{u-1}}), \quad
       c_u = \operatorname{attention}(s_u, m_1, \dots, m_T), \quad
       \tilde s_u = \tanh(W_c [c_u; s_u]), \quad
       P(y_u \mid y_{<u}, x) = \operatorname{softmax}(W \tilde s_u + b)

    Without `feed` the recurrence does not depend on what was looked at, so that all steps of a
    known target are computed at once. With `feed` the recurrence reads
    :math:`[E_{y_{u-1}}; \tilde s_{u-1}]` and knows where it looked last, one step at a time.

    Parameters
    ----------
    vocabulary : int
        V, the tokens of the target.
    embedding : int
        E, the features of a token's row.
    hidden : int
        H, the features of the state of one layer.
    features : int, optional
        The features of the encoder's outputs, its `features`; H where left out.
    cell, num_layers, dropout, padding
        As for `rnn_utils.seq2seq.Decoder`.
    score : {"dot", "scaled", "general", "additive"} or module
        How state and memory are compared; the dot products need `features` equal to `hidden`.
        A module takes (query, keys, mask=) and returns (context, weights).
    feed : bool
        Whether the next step reads :math:`\tilde s_u` as well.

    Raises
    ------
    ValueError
        If a size is not above 0, `dropout` lies outside [0, 1], `cell` or `score` is another
        word, its layer wants the time axis first, or a dot product is asked for between vectors
        of two sizes.

    References
    ----------
    Luong, M.-T., Pham, H. and Manning, C. D. (2015). Effective approaches to attention-based
    neural machine translation. EMNLP.
    Bahdanau, D., Cho, K. and Bengio, Y. (2015). Neural machine translation by jointly learning
    to align and translate. ICLR.

    Chapter: 09_attention
    """

    def __init__(
        self,
        vocabulary: int,
        embedding: int,
        hidden: int,
        features: int | None = None,
        cell: str | Callable[..., nn.Module] = "gru",
        num_layers: int = 1,
        dropout: float = 0.0,
        padding: int | None = 0,
        score: str | nn.Module = "general",
        feed: bool = False,
    ) -> None:
        super().__init__(vocabulary, embedding, hidden, cell, num_layers, dropout, padding)
        features = hidden if features is None else features
        expect_positive("features", features)
        self.features, self.feed = features, feed
        if feed:
            self.layer, _ = make_layer(cell, embedding + hidden, hidden, num_layers, dropout)
        if isinstance(score, str):
            expect_one_of("score", score, ("dot", "scaled", "general", "additive"))
            if score in ("dot", "scaled") and features != hidden:
                raise ValueError(
                    f"features: expected hidden = {hidden} for a dot product, got {features}"
                )
            if score == "additive":
                score = AdditiveAttention(hidden, features, hidden)
            elif score == "general":
                score = GeneralAttention(hidden, features)
            else:
                score = DotAttention(scaled=score == "scaled")
        self.attention = score
        self.combine = nn.Linear(features + hidden, hidden, bias=False)

    def start(self, state: State, memory: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Return the state before the first token: a dict of tensors, batch axis first.

        Parameters
        ----------
        state : Tensor, shape (L, B, H), or a tuple of two
            The encoder's final state, past the bridge.
        memory : Tensor, shape (B, T, features)
            The encoder's outputs.
        mask : bool Tensor, shape (B, T)
            True where a token of the source is real.

        Returns
        -------
        dict of Tensors
            "h" and, for an LSTM, "c", (B, L, H); "memory" (B, T, features); "mask" (B, T); with
            `feed`, "last" (B, H).

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        sizes = expect_shape("memory", memory, "B T F", F=self.features)
        expect_shape("mask", mask, "B T", **sizes)
        started = {
            name: part.transpose(0, 1) for name, part in zip("hc", state_parts(state), strict=False)
        }
        started |= {"memory": memory, "mask": mask}
        if self.feed:
            started["last"] = memory.new_zeros(sizes["B"], self.hidden)
        return started

    def forward(self, tokens: Tensor, state: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """Read tokens and return the logits of what follows each of them.

        Parameters
        ----------
        tokens : integers, shape (B, U)
            What was written so far, or the whole shifted target.
        state : dict of Tensors
            As `start` or the last call returned it.

        Returns
        -------
        logits : Tensor, shape (B, U, V)
            Of what follows.
        state : dict of Tensors
            After the last token.

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        mixed, _, state = self._look(tokens, state)
        # logits_u = W s~_u + b
        logits: Tensor = self.head(self.dropout(mixed))  # (B, U, V)
        return logits, state

    def align(self, tokens: Tensor, state: dict[str, Tensor]) -> Tensor:
        """Return where the decoder looks while it writes what follows each token.

        Parameters
        ----------
        tokens : integers, shape (B, U)
            The shifted target.
        state : dict of Tensors
            As `start` returned it, for example by way of `Seq2Seq.encode`.

        Returns
        -------
        Tensor, shape (B, U, T)
            The weights.

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        return self._look(tokens, state)[1]

    def _look(
        self, tokens: Tensor, state: dict[str, Tensor]
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Return the mixed states (B, U, H), the weights (B, U, T) and the state after them."""
        sizes = expect_shape("tokens", tokens, "B U")
        expect_shape("h", state["h"], "B L H", B=sizes["B"], L=self.num_layers, H=self.hidden)
        x = self.dropout(self.embedding(tokens))  # (B, U, E)
        if not self.feed:
            return self._mix(x, state)
        mixed, weights = [], []
        for u in range(sizes["U"]):
            # the recurrence reads [E_{y_{u-1}}; s~_{u-1}]
            step = torch.cat([x[:, u], state["last"]], dim=-1).unsqueeze(1)  # (B, 1, E + H)
            now, alpha, state = self._mix(step, state)
            state["last"] = now[:, 0]
            mixed.append(now)
            weights.append(alpha)
        return torch.cat(mixed, dim=1), torch.cat(weights, dim=1), state

    def _mix(self, x: Tensor, state: dict[str, Tensor]) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        parts = [state[name].transpose(0, 1).contiguous() for name in "hc"[: self.parts]]
        # s_u = F(s_{u-1}, E_{y_{u-1}})
        output, after = self.layer(x, parts[0] if self.parts == 1 else tuple(parts))  # (B, U, H)
        # c_u = sum_t alpha_ut m_t
        context, weights = self.attention(output, state["memory"], mask=state["mask"])
        # s~_u = tanh(W_c [c_u; s_u])
        mixed = torch.tanh(self.combine(torch.cat([context, output], dim=-1)))  # (B, U, H)
        kept = {
            name: part.transpose(0, 1) for name, part in zip("hc", state_parts(after), strict=False)
        }
        return mixed, weights, state | kept


class MultiHeadAttention(nn.Module):
    r"""Scaled dot attention in several subspaces; weights as `torch.nn.MultiheadAttention`.

    .. math::

       \operatorname{head}_n = \operatorname{softmax}\left(
           \frac{Q_n K_n^\top}{\sqrt{E / N}}\right) V_n, \qquad
       \operatorname{output} = [\operatorname{head}_1, \dots, \operatorname{head}_N]\, W_O^\top

    with :math:`Q_n = X W_{Q,n}^\top` of the queries X, and :math:`K_n` and :math:`V_n` likewise of
    the keys and of the values, plus biases where there are any. The matrices of queries, keys and
    values stand below each other in `in_proj_weight`, and the heads are its blocks of E / N rows.
    With the same seed it starts like torch's.

    Parameters
    ----------
    embed_dim : int
        E, the features that come and go.
    num_heads : int
        N, the heads; each has E / N features.
    dropout : float
        The share of the weights that is set to 0 while training.
    bias : bool
        Whether there are biases.
    device, dtype : optional
        Where and how the weights are kept.

    Raises
    ------
    ValueError
        If a size is not above 0, `num_heads` does not divide `embed_dim`, or `dropout` is no
        share.

    References
    ----------
    Vaswani, A. et al. (2017). Attention is all you need. NeurIPS 30.

    Chapter: 09_attention
    """

    in_proj_bias: Tensor | None

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        expect_positive("embed_dim", embed_dim)
        expect_positive("num_heads", num_heads)
        if embed_dim % num_heads:
            raise ValueError(
                f"num_heads: expected a divisor of embed_dim = {embed_dim}, got {num_heads}"
            )
        expect_share("dropout", dropout)
        self.embed_dim, self.num_heads, self.dropout = embed_dim, num_heads, dropout
        place: dict[str, Any] = {"device": device, "dtype": dtype}
        self.in_proj_weight = nn.Parameter(torch.empty(3 * embed_dim, embed_dim, **place))
        self.register_parameter(
            "in_proj_bias", nn.Parameter(torch.empty(3 * embed_dim, **place)) if bias else None
        )
        self.out_proj = nn.Linear(embed_dim, embed_dim, bias=bias, **place)
        self._start()

    def reset_parameters(self) -> None:
        """Draw the weights anew, as torch does; the biases start at 0."""
        self.out_proj.reset_parameters()
        self._start()

    def _start(self) -> None:
        nn.init.xavier_uniform_(self.in_proj_weight)
        if self.in_proj_bias is not None:
            nn.init.zeros_(self.in_proj_bias)
            nn.init.zeros_(self.out_proj.bias)

    def extra_repr(self) -> str:
        """Return what `repr` shows between the brackets."""
        return f"{self.embed_dim}, {self.num_heads}"

    def forward(
        self,
        query: Tensor,
        keys: Tensor,
        values: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Return the joined heads of each query, and the weights of each head.

        Parameters
        ----------
        query : Tensor, shape (B, Q, E)
            What asks.
        keys : Tensor, shape (B, T, E)
            What is compared with the queries; the same tensor for self-attention.
        values : Tensor, shape (B, T, E), optional
            What is averaged; the keys where left out.
        mask : bool Tensor, shape (B, T) or (B, Q, T), optional
            True where a query may look; with three axes, B may be 1.

        Returns
        -------
        output : Tensor, shape (B, Q, E)
            The heads, side by side, times the output matrix.
        weights : Tensor, shape (B, N, Q, T)
            The weights of each head.

        Raises
        ------
        ValueError
            If a shape does not fit.
        TypeError
            If `mask` does not hold booleans.
        """
        sizes = expect_shape("query", query, "B Q E", E=self.embed_dim)
        batch, queries = sizes["B"], sizes["Q"]
        steps = expect_shape("keys", keys, "B T E", B=batch, E=self.embed_dim)["T"]
        values = keys if values is None else values
        expect_shape("values", values, "B T E", B=batch, T=steps, E=self.embed_dim)
        mask = _three_axes("mask", mask, batch, queries, steps)
        # Q = X W_Q^T + b_Q,  K = Y W_K^T + b_K,  V = Z W_V^T + b_V
        weights = self.in_proj_weight.chunk(3)
        biases = (None,) * 3 if self.in_proj_bias is None else self.in_proj_bias.chunk(3)
        q, k, v = (
            self._split(nn.functional.linear(x, weight, bias))
            for x, weight, bias in zip((query, keys, values), weights, biases, strict=True)
        )  # (B, N, Q or T, E / N)
        # A = softmax(Q K^T / sqrt(E / N))
        scores = q @ k.mT / math.sqrt(self.embed_dim // self.num_heads)  # (B, N, Q, T)
        alpha = masked_softmax(scores, None if mask is None else mask.unsqueeze(1))
        alpha = nn.functional.dropout(alpha, self.dropout, self.training)
        # output = [A_1 V_1, ..., A_N V_N] W_O^T + b_O
        heads = (alpha @ v).transpose(1, 2).reshape(batch, queries, self.embed_dim)  # (B, Q, E)
        return self.out_proj(heads), alpha

    def _split(self, x: Tensor) -> Tensor:
        """Return the heads (B, N, T, E / N) of (B, T, E)."""
        size = self.embed_dim // self.num_heads
        return x.reshape(*x.shape[:2], self.num_heads, size).transpose(1, 2)


class _TransformerLayer(nn.Module):
    """What both layers share: self-attention, the feed-forward part, where the norms stand."""

    self_attn: MultiHeadAttention
    linear1: nn.Linear
    linear2: nn.Linear

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int,
        dropout: float,
        activation: str,
        norm_first: bool,
        cross: bool,
        device: torch.device | str | None,
        dtype: torch.dtype | None,
    ) -> None:
        super().__init__()
        expect_positive("d_model", d_model)
        expect_positive("dim_feedforward", dim_feedforward)
        expect_one_of("activation", activation, ACTIVATIONS)
        place: dict[str, Any] = {"device": device, "dtype": dtype}
        self.activation, self.norm_first = activation, norm_first
        self.self_attn = MultiHeadAttention(d_model, nhead, dropout, **place)
        if cross:
            self.multihead_attn = MultiHeadAttention(d_model, nhead, dropout, **place)
        self.linear1 = nn.Linear(d_model, dim_feedforward, **place)
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(dim_feedforward, d_model, **place)
        for name in ("norm1", "norm2", "norm3")[: 3 if cross else 2]:
            self.add_module(name, nn.LayerNorm(d_model, **place))
        for name in ("dropout1", "dropout2", "dropout3")[: 3 if cross else 2]:
            self.add_module(name, nn.Dropout(dropout))

    def _around(self, number: int, x: Tensor, part: Callable[[Tensor], Tensor]) -> Tensor:
        """Return x plus what a part makes of it, with the norm before the part or after the sum."""
        norm, dropout = self.get_submodule(f"norm{number}"), self.get_submodule(f"dropout{number}")
        if self.norm_first:
            # x + f(norm(x))
            return x + dropout(part(norm(x)))  # type: ignore[no-any-return]
        # norm(x + f(x))
        return norm(x + dropout(part(x)))  # type: ignore[no-any-return]

    def _feed_forward(self, x: Tensor) -> Tensor:
        # W_2 g(W_1 x + b_1) + b_2
        hidden = self.dropout(ACTIVATIONS[self.activation](self.linear1(x)))
        return self.linear2(hidden)  # type: ignore[no-any-return]

    def _self_mask(self, x: Tensor, mask: Tensor | None, causal: bool) -> Tensor | None:
        """Return the mask (B, T), (1, T, T) or (B, T, T) of self-attention."""
        sizes = expect_shape("x", x, "B T E", E=self.self_attn.embed_dim)
        if not causal:
            return mask
        past = causal_mask(sizes["T"], x.device)  # (1, T, T)
        allowed = _three_axes("mask", mask, sizes["B"], sizes["T"], sizes["T"])
        return past if allowed is None else past & allowed

    def _attend(self, x: Tensor, mask: Tensor | None, kept: list[Tensor] | None) -> Tensor:
        """Return self-attention; with `kept`, over what is kept there as well, which grows by x."""
        if kept is None:
            return self.self_attn(x, x, mask=mask)[0]  # type: ignore[no-any-return]
        kept[0] = torch.cat([kept[0], x], dim=1)  # (B, n + 1, E)
        return self.self_attn(x, kept[0])[0]  # type: ignore[no-any-return]


class TransformerEncoderLayer(_TransformerLayer):
    r"""Self-attention and a feed-forward part; weights as `torch.nn.TransformerEncoderLayer`.

    .. math::

       u = x + \operatorname{attention}(\operatorname{norm}_1(x)), \qquad
       y = u + W_2\, g\left(W_1 \operatorname{norm}_2(u) + b_1\right) + b_2

    with `norm_first`; without it, each norm stands after its sum.

    Parameters
    ----------
    d_model : int
        E, the features that come and go.
    nhead : int
        N, the heads.
    dim_feedforward : int
        The units between the two matrices of the feed-forward part.
    dropout : float
        The share set to 0 while training, at torch's four places.
    activation : {"relu", "gelu"}
        The function g.
    norm_first : bool
        Whether each part reads a normalised input; torch's default is False.
    device, dtype : optional
        Where and how the weights are kept.

    Raises
    ------
    ValueError
        If a size is not above 0, `nhead` does not divide `d_model`, `dropout` is no share, or
        `activation` is another word.

    References
    ----------
    Vaswani, A. et al. (2017). Attention is all you need. NeurIPS 30.
    Xiong, R. et al. (2020). On layer normalization in the Transformer architecture. ICML.

    Chapter: 09_attention
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.0,
        activation: str = "relu",
        norm_first: bool = False,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(
            d_model, nhead, dim_feedforward, dropout, activation, norm_first, False, device, dtype
        )

    def forward(self, x: Tensor, mask: Tensor | None = None, causal: bool = False) -> Tensor:
        """Return each position mixed with those that it may look at.

        Parameters
        ----------
        x : Tensor, shape (B, T, E)
            The sequence.
        mask : bool Tensor, shape (B, T) or (B, T, T), optional
            True where a position is real.
        causal : bool
            Whether a position looks at itself and at the past only.

        Returns
        -------
        Tensor, shape (B, T, E)
            The new sequence.

        Raises
        ------
        ValueError
            If a shape does not fit.
        TypeError
            If `mask` does not hold booleans.
        """
        allowed = self._self_mask(x, mask, causal)
        x = self._around(1, x, lambda u: self._attend(u, allowed, None))
        return self._around(2, x, self._feed_forward)

    def step(self, x: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the causal layer makes of one more position, and the longer past.

        Parameters
        ----------
        x : Tensor, shape (B, 1, E)
            The new position.
        past : Tensor, shape (B, n, E)
            What self-attention has read so far; n = 0 before the first step.

        Returns
        -------
        x : Tensor, shape (B, 1, E)
            The new position's output.
        past : Tensor, shape (B, n + 1, E)
            What self-attention has read by now.

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        sizes = expect_shape("x", x, "B 1 E", E=self.self_attn.embed_dim)
        expect_shape("past", past, "B T E", B=sizes["B"], E=sizes["E"])
        kept = [past]
        x = self._around(1, x, lambda u: self._attend(u, None, kept))
        return self._around(2, x, self._feed_forward), kept[0]


class TransformerDecoderLayer(_TransformerLayer):
    r"""Causal self-attention, a look at a memory, a feed-forward part; weights as torch's layer.

    .. math::

       u = x + \operatorname{attention}(\operatorname{norm}_1(x)), \quad
       w = u + \operatorname{attention}(\operatorname{norm}_2(u), M), \quad
       y = w + W_2\, g\left(W_1 \operatorname{norm}_3(w) + b_1\right) + b_2

    with `norm_first`; without it, each norm stands after its sum. The weights interchange with
    those of `torch.nn.TransformerDecoderLayer`.

    Parameters
    ----------
    d_model : int
        E, the features that come and go.
    nhead : int
        N, the heads.
    dim_feedforward : int
        The units between the two matrices of the feed-forward part.
    dropout : float
        The share set to 0 while training, at torch's places.
    activation : {"relu", "gelu"}
        The function g.
    norm_first : bool
        Whether each part reads a normalised input; torch's default is False.
    device, dtype : optional
        Where and how the weights are kept.

    Raises
    ------
    ValueError
        If a size is not above 0, `nhead` does not divide `d_model`, `dropout` is no share, or
        `activation` is another word.

    References
    ----------
    Vaswani, A. et al. (2017). Attention is all you need. NeurIPS 30.

    Chapter: 09_attention
    """

    multihead_attn: MultiHeadAttention

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.0,
        activation: str = "relu",
        norm_first: bool = False,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(
            d_model, nhead, dim_feedforward, dropout, activation, norm_first, True, device, dtype
        )

    def forward(
        self,
        x: Tensor,
        memory: Tensor,
        mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        causal: bool = True,
    ) -> Tensor:
        """Return each position mixed with its past and with the memory.

        Parameters
        ----------
        x : Tensor, shape (B, Q, E)
            The sequence that is being written.
        memory : Tensor, shape (B, T, E)
            What the encoder made of the source.
        mask : bool Tensor, shape (B, Q) or (B, Q, Q), optional
            True where a position of x is real.
        memory_mask : bool Tensor, shape (B, T) or (B, Q, T), optional
            True where a position of the memory is real.
        causal : bool
            Whether a position looks at itself and at the past only.

        Returns
        -------
        Tensor, shape (B, Q, E)
            The new sequence.

        Raises
        ------
        ValueError
            If a shape does not fit.
        TypeError
            If a mask does not hold booleans.
        """
        allowed = self._self_mask(x, mask, causal)
        x = self._around(1, x, lambda u: self._attend(u, allowed, None))
        x = self._around(2, x, lambda u: self.multihead_attn(u, memory, mask=memory_mask)[0])
        return self._around(3, x, self._feed_forward)

    def step(
        self, x: Tensor, past: Tensor, memory: Tensor, memory_mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return what the causal layer makes of one more position, and the longer past.

        Parameters
        ----------
        x : Tensor, shape (B, 1, E)
            The new position.
        past : Tensor, shape (B, n, E)
            What self-attention has read so far; n = 0 before the first step.
        memory : Tensor, shape (B, T, E)
            What the encoder made of the source.
        memory_mask : bool Tensor, shape (B, T), optional
            True where a position of the memory is real.

        Returns
        -------
        x : Tensor, shape (B, 1, E)
            The new position's output.
        past : Tensor, shape (B, n + 1, E)
            What self-attention has read by now.

        Raises
        ------
        ValueError
            If a shape does not fit.
        TypeError
            If `memory_mask` does not hold booleans.
        """
        sizes = expect_shape("x", x, "B 1 E", E=self.self_attn.embed_dim)
        expect_shape("past", past, "B T E", B=sizes["B"], E=sizes["E"])
        kept = [past]
        x = self._around(1, x, lambda u: self._attend(u, None, kept))
        x = self._around(2, x, lambda u: self.multihead_attn(u, memory, mask=memory_mask)[0])
        return self._around(3, x, self._feed_forward), kept[0]


def sinusoidal_positions(
    steps: int,
    features: int,
    start: int = 0,
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
) -> Tensor:
    r"""Return one vector per position: sines and cosines at falling rates.

    .. math:: p_{t, 2i} = \sin\left(t \, 10000^{-2i/E}\right), \qquad
              p_{t, 2i+1} = \cos\left(t \, 10000^{-2i/E}\right)

    Parameters
    ----------
    steps : int
        T, the positions.
    features : int
        E, an even number.
    start : int
        The first position.
    device, dtype : optional
        Where and how the vectors are kept.

    Returns
    -------
    Tensor, shape (T, E)
        The vectors of the positions start, ..., start + T - 1.

    Raises
    ------
    ValueError
        If `features` is odd or not above 0, or a number is below 0.

    References
    ----------
    Vaswani, A. et al. (2017). Attention is all you need. NeurIPS 30.

    Chapter: 09_attention
    """
    expect_positive("steps", steps, zero=True)
    expect_positive("start", start, zero=True)
    expect_positive("features", features)
    if features % 2:
        raise ValueError(f"features: expected an even number, got {features}")
    # computed in float64 whatever is returned: a sine of a large angle is touchy
    t = torch.arange(start, start + steps, dtype=torch.float64)
    rates = 10000.0 ** (-torch.arange(0, features, 2, dtype=torch.float64) / features)
    angles = t.unsqueeze(1) * rates  # (T, E / 2)
    # p_{t, 2i} = sin(t r_i),  p_{t, 2i+1} = cos(t r_i)
    table = torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)  # (T, E)
    return table.to(device=device, dtype=dtype or torch.get_default_dtype())


class Transformer(nn.Module):
    r"""A small Transformer: causal on its own, or a decoder with an encoder for a source.

    .. math::

       X^0_t = \operatorname{embedding}(x_t) + p_t, \qquad
       X^l = \operatorname{layer}_l(X^{l-1}), \qquad
       \text{logits} = W \operatorname{norm}(X^L) + b

    Without `source_vocabulary` it predicts from the tokens alone, each position from itself and
    those before. With it, an encoder of as many layers reads a source in both directions, and
    each layer of the decoder looks at the result. Norms come first in each layer, and one more
    stands at the end of each stack.

    Parameters
    ----------
    vocabulary : int
        V, the tokens that are read and predicted.
    d_model : int
        E, the features; even with sinusoidal positions.
    nhead : int
        N, the heads.
    num_layers : int
        L, the layers of each stack.
    dim_feedforward : int, optional
        The units of the feed-forward part; 4 E where left out.
    source_vocabulary : int, optional
        The tokens of a source; there is no encoder where left out.
    dropout : float
        The share set to 0 while training.
    positions : {"sinusoidal", "learned", "none"}
        What is added to the embeddings.
    max_length : int
        The positions of which there are learned vectors; no limit for the others.
    device, dtype : optional
        Where and how the weights are kept.

    Raises
    ------
    ValueError
        If a size is not above 0, `nhead` does not divide `d_model`, `dropout` is no share,
        `positions` is another word, or they are sinusoidal and `d_model` is odd.

    References
    ----------
    Vaswani, A. et al. (2017). Attention is all you need. NeurIPS 30.

    Chapter: 09_attention
    """

    def __init__(
        self,
        vocabulary: int,
        d_model: int,
        nhead: int,
        num_layers: int,
        dim_feedforward: int | None = None,
        source_vocabulary: int | None = None,
        dropout: float = 0.0,
        positions: str = "sinusoidal",
        max_length: int = 512,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        expect_positive("vocabulary", vocabulary)
        expect_positive("d_model", d_model)
        expect_positive("num_layers", num_layers)
        expect_positive("max_length", max_length)
        expect_one_of("positions", positions, POSITIONS)
        if positions == "sinusoidal" and d_model % 2:
            raise ValueError(
                f"d_model: expected an even number for sinusoidal positions, got {d_model}"
            )
        place: dict[str, Any] = {"device": device, "dtype": dtype}
        options: dict[str, Any] = {"dropout": dropout, "norm_first": True, **place}
        options["dim_feedforward"] = 4 * d_model if dim_feedforward is None else dim_feedforward
        self.vocabulary, self.d_model, self.positions = vocabulary, d_model, positions
        self.embedding = nn.Embedding(vocabulary, d_model, **place)
        if positions == "learned":
            self.position = nn.Embedding(max_length, d_model, **place)
        self.source_embedding: nn.Embedding | None = None
        layer: type[_TransformerLayer] = TransformerEncoderLayer
        if source_vocabulary is not None:
            expect_positive("source_vocabulary", source_vocabulary)
            layer = TransformerDecoderLayer
            self.source_embedding = nn.Embedding(source_vocabulary, d_model, **place)
            self.encoder = nn.ModuleList(
                TransformerEncoderLayer(d_model, nhead, **options) for _ in range(num_layers)
            )
            self.encoder_norm = nn.LayerNorm(d_model, **place)
        self.layers = nn.ModuleList(layer(d_model, nhead, **options) for _ in range(num_layers))
        self.norm = nn.LayerNorm(d_model, **place)
        self.head = nn.Linear(d_model, vocabulary, **place)

    def encode(self, source: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the memory that the encoder makes of a source.

        Parameters
        ----------
        source : integers, shape (B, T)
            The tokens of the source.
        mask : bool Tensor, shape (B, T), optional
            True where a token is real.

        Returns
        -------
        Tensor, shape (B, T, E)
            One vector per token.

        Raises
        ------
        ValueError
            If there is no encoder, a shape does not fit, or there are more tokens than learned
            positions.
        TypeError
            If `mask` does not hold booleans.
        """
        if self.source_embedding is None:
            raise ValueError("source: expected None, for this model has no encoder")
        expect_shape("source", source, "B T")
        x = self._place(self.source_embedding(source), 0)
        for layer in self.encoder:
            x = layer(x, mask)
        memory: Tensor = self.encoder_norm(x)
        return memory

    def forward(
        self,
        tokens: Tensor,
        source: Tensor | None = None,
        source_mask: Tensor | None = None,
    ) -> Tensor:
        """Return the logits of what follows each token.

        Padding at the end of `tokens` needs no mask, for no position looks ahead.

        Parameters
        ----------
        tokens : integers, shape (B, Q)
            What has been written so far, the start symbol first.
        source : integers, shape (B, T), optional
            The source, for a model with an encoder.
        source_mask : bool Tensor, shape (B, T), optional
            True where a token of the source is real.

        Returns
        -------
        Tensor, shape (B, Q, V)
            The logits.

        Raises
        ------
        ValueError
            If a source is missing or unwanted, a mask stands without a source, a shape does not
            fit, or there are more tokens than learned positions.
        TypeError
            If `source_mask` does not hold booleans.
        """
        expect_shape("tokens", tokens, "B Q")
        memory = self._memory(source, source_mask)
        x = self._place(self.embedding(tokens), 0)  # (B, Q, E)
        for layer in self.layers:
            if memory is None:
                x = layer(x, causal=True)
            else:
                x = layer(x, memory, memory_mask=source_mask)
        # logits = W norm(X) + b
        logits: Tensor = self.head(self.norm(x))  # (B, Q, V)
        return logits

    def start(
        self, batch: int, source: Tensor | None = None, source_mask: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Return the state before the first step, for `step`.

        Parameters
        ----------
        batch : int
            B, the sequences that are written at once.
        source : integers, shape (B, T), optional
            The source, for a model with an encoder.
        source_mask : bool Tensor, shape (B, T), optional
            True where a token of the source is real.

        Returns
        -------
        dict of Tensors, batch axis first
            "past_0", ... what each layer has read, (B, 0, E); "memory" and "mask" of the source.

        Raises
        ------
        ValueError
            If a source is missing or unwanted, a mask stands without a source, a shape does not
            fit, or there are more tokens than learned positions.
        TypeError
            If `source_mask` does not hold booleans.
        """
        memory = self._memory(source, source_mask)
        empty = self.embedding.weight.new_zeros(batch, 0, self.d_model)
        state = {f"past_{number}": empty for number in range(len(self.layers))}
        if source is not None and memory is not None:
            expect_shape("source", source, "B T", B=batch)
            state["memory"] = memory
            real = torch.ones_like(source, dtype=torch.bool)
            state["mask"] = real if source_mask is None else source_mask
        return state

    def step(self, tokens: Tensor, state: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """Read one token of each sequence, and return the log-probabilities of the next.

        Parameters
        ----------
        tokens : integers, shape (B,)
            The last token of each sequence.
        state : dict of Tensors
            As `start` or the last step returned it.

        Returns
        -------
        log_probabilities : Tensor, shape (B, V)
            Of what follows.
        state : dict of Tensors
            The longer past; unlike a recurrent state it grows with each step.

        Raises
        ------
        ValueError
            If a shape does not fit, or no learned position is left.
        """
        expect_shape("tokens", tokens, "B")
        state = dict(state)
        x = self._place(self.embedding(tokens.unsqueeze(1)), state["past_0"].shape[1])  # (B, 1, E)
        for number, layer in enumerate(self.layers):
            name = f"past_{number}"
            if isinstance(layer, TransformerDecoderLayer):
                x, state[name] = layer.step(x, state[name], state["memory"], state["mask"])
            elif isinstance(layer, TransformerEncoderLayer):
                x, state[name] = layer.step(x, state[name])
        return torch.log_softmax(self.head(self.norm(x[:, 0])), dim=-1), state

    def _memory(self, source: Tensor | None, mask: Tensor | None) -> Tensor | None:
        if source is None:
            if self.source_embedding is not None:
                raise ValueError("source: expected tokens (B, T) for the encoder, got None")
            if mask is not None:
                raise ValueError("source_mask: expected None without a source, got a mask")
            return None
        return self.encode(source, mask)

    def _place(self, x: Tensor, start: int) -> Tensor:
        """Return embeddings with their positions added."""
        steps = x.shape[1]
        if self.positions == "sinusoidal":
            # X_t = embedding(x_t) + p_t
            return x + sinusoidal_positions(steps, self.d_model, start, x.device, x.dtype)
        if self.positions == "learned":
            limit = self.position.num_embeddings
            if start + steps > limit:
                raise ValueError(
                    f"tokens: expected at most max_length = {limit} positions, got {start + steps}"
                )
            places = self.position(torch.arange(start, start + steps, device=x.device))
            return x + places  # type: ignore[no-any-return]
        return x


def _three_axes(
    name: str, mask: Tensor | None, batch: int, queries: int, steps: int
) -> Tensor | None:
    """Return a mask that broadcasts to (B, Q, T), from one of (B, T) or (B or 1, Q, T)."""
    if mask is None:
        return None
    expect_mask(name, mask)
    if mask.ndim == 2:
        expect_shape(name, mask, "B T", B=batch, T=steps)
        return mask.unsqueeze(1)  # (B, 1, T)
    first = 1 if mask.shape[:1] == (1,) else batch
    expect_shape(name, mask, "B Q T", B=first, Q=queries, T=steps)
    return mask
