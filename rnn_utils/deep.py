"""Deep recurrent networks: stacks, residual paths, both directions under padding, dropout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from rnn_utils._errors import expect_one_of, expect_positive, expect_shape, expect_share
from rnn_utils.gru import GRU, MGU, _gru, _mgu
from rnn_utils.lstm import LSTM
from rnn_utils.recurrent import expect_alike, live_steps, turned
from rnn_utils.rnn import RNN

__all__ = ["Stack", "VariationalDropout", "influence", "reverse_padded"]

State = Tensor | tuple[Tensor, Tensor]  # h, or (h, c)


def reverse_padded(x: Tensor, lengths: Tensor | Sequence[int]) -> Tensor:
    r"""Turn each sequence of a padded batch around within its own length.

    .. math:: \operatorname{rev}(x)_{b,t} = \begin{cases} x_{b,\,n_b - t + 1} & t \le n_b \\
              0 & t > n_b \end{cases}

    Twice in a row it gives the batch back, with zeros for padding. A flip of the whole axis
    would bring the padding to the front, as many steps of it as the batch's longest sequence
    is longer.

    Parameters
    ----------
    x : Tensor, shape (B, T, ...)
        Anything with the batch first and the steps second: features, symbols, targets.
    lengths : integers, shape (B,)
        The number of steps :math:`n_b` of each example, from 1 to T.

    Returns
    -------
    Tensor, shape (B, T, ...)
        The reversed sequences; 0 past the end of each.

    Raises
    ------
    ValueError
        If `x` has less than two axes, or a length lies outside 1 to T.
    TypeError
        If `x` has no shape, or the lengths are not integers.

    References
    ----------
    Schuster, M., Paliwal, K. K. (1997). Bidirectional recurrent neural networks. IEEE
    Transactions on Signal Processing 45, 2673-2681.

    Chapter: 07_deep
    """
    if not isinstance(x, Tensor):
        raise TypeError(f"x: expected a tensor of shape (B, T, ...), got {type(x).__name__}")
    if x.ndim < 2:
        raise ValueError(f"x: expected shape (B, T, ...), got {tuple(x.shape)}")
    batch, steps = x.shape[:2]
    live = live_steps(lengths, batch, steps, x.device)  # (B, T)
    # rev(x)_{b,t} = x_{b, n_b - t + 1} for t <= n_b, else 0
    return turned(x, live).masked_fill(~live.view(batch, steps, *[1] * (x.ndim - 2)), 0)


class VariationalDropout(nn.Module):
    r"""Dropout with one mask for a whole sequence instead of one for each step.

    .. math:: \tilde x_{b,t} = \frac{m_b \odot x_{b,t}}{1 - p}, \qquad
              m_{b,i} \sim \operatorname{Bernoulli}(1 - p)

    Parameters
    ----------
    p : float
        The chance that a feature of a sequence is set to 0 while training.

    Raises
    ------
    ValueError
        If `p` lies outside [0, 1].

    References
    ----------
    Gal, Y., Ghahramani, Z. (2016). A theoretically grounded application of dropout in recurrent
    neural networks. Advances in Neural Information Processing Systems 29.

    Chapter: 07_deep
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        expect_share("p", p)
        self.p = p

    def extra_repr(self) -> str:
        """Return what `repr` shows between the brackets."""
        return f"p={self.p}"

    def forward(self, x: Tensor) -> Tensor:
        """Return the sequences with the same features missing at every step.

        Parameters
        ----------
        x : Tensor, shape (B, T, D)
            The sequences.

        Returns
        -------
        Tensor, shape (B, T, D)
            While training, the masked and scaled sequences; else `x`.

        Raises
        ------
        ValueError
            If `x` has not three axes.
        """
        sizes = expect_shape("x", x, "B T D")
        if not self.training or self.p == 0:
            return x
        # m_b / (1 - p), one draw for all t
        mask = nn.functional.dropout(x.new_ones(sizes["B"], 1, sizes["D"]), self.p)
        return x * mask


class _SparedState:
    """Mixed into a recurrent layer: the products with h_{t-1} see it through one mask."""

    training: bool
    recurrent_dropout: float
    _mask: Tensor | None = None

    def _read(
        self, x: Tensor, state: tuple[Tensor, ...], name: str, live: Tensor | None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Draw the mask of this layer, direction and batch, then read as ever."""
        if self.training:
            # m_b / (1 - p), (B, H), one draw for all steps
            self._mask = nn.functional.dropout(torch.ones_like(state[0]), self.recurrent_dropout)
        try:
            read: tuple[Tensor, tuple[Tensor, ...]]
            read = cast(Any, super())._read(x, state, name, live)
            return read
        finally:
            self._mask = None

    def _seen(self, h: Tensor) -> Tensor:
        # m ⊙ h_{t-1} / (1 - p)
        return h if self._mask is None else h * self._mask

    def _step(self, inputs: Tensor, state: tuple[Tensor, ...], name: str) -> tuple[Tensor, ...]:
        # right where h_{t-1} is read by the matrices alone: a vanilla RNN, an LSTM
        new: tuple[Tensor, ...]
        new = cast(Any, super())._step(inputs, (self._seen(state[0]), *state[1:]), name)
        return new


class _SparedRNN(_SparedState, RNN):
    pass


class _SparedLSTM(_SparedState, LSTM):
    pass


class _SparedGRU(_SparedState, GRU):
    def _step(self, inputs: Tensor, state: tuple[Tensor, ...], name: str) -> tuple[Tensor, ...]:
        weight, bias = self._weight("weight_hh", name), self._bias("hh", name)
        _, _, z, n = _gru(inputs, self._seen(state[0]), weight, bias, self.reset_after)
        # h_t = (1 - z_t) n_t + z_t h_{t-1}, where the gates saw the mask and the kept part did not
        return ((1 - z) * n + z * state[0],)


class _SparedMGU(_SparedState, MGU):
    def _step(self, inputs: Tensor, state: tuple[Tensor, ...], name: str) -> tuple[Tensor, ...]:
        weight, bias = self._weight("weight_hh", name), self._bias("hh", name)
        _, f, n = _mgu(inputs, self._seen(state[0]), weight, bias)
        # h_t = f_t n_t + (1 - f_t) h_{t-1}
        return (f * n + (1 - f) * state[0],)


_CELLS: dict[str, tuple[type[Any], type[Any]]] = {  # without and with recurrent dropout
    "rnn": (RNN, _SparedRNN),
    "lstm": (LSTM, _SparedLSTM),
    "gru": (GRU, _SparedGRU),
    "mgu": (MGU, _SparedMGU),
}


class Stack(nn.Module):
    r"""Recurrent layers on top of each other, with residual paths and dropout as one likes.

    .. math:: h^{(l)} = F^{(l)}\bigl(\tilde h^{(l-1)}\bigr) + P^{(l)} h^{(l-1)},
              \qquad l = 1, \dots, L, \qquad h^{(0)} = x

    :math:`F^{(l)}` reads the whole sequence, in one direction or in both, whose states then stand
    side by side. The residual path :math:`P^{(l)}` is 0 without `residual`; with it, it is the
    identity where the sizes fit, else a matrix that is learned, without a bias (so that padding
    stays 0). The tilde is dropout, on what a layer reads and never on the residual path; the
    first layer reads x as it is. Without residual path and dropout the stack equals torch's
    layers, and the same seed gives the same weights.

    Parameters
    ----------
    cell : {"rnn", "lstm", "gru", "mgu"}
        What the layers are made of.
    input_size : int
        D, the features of an input.
    hidden_size : int
        H, the features of the state of one layer in one direction.
    num_layers : int
        L.
    bias : bool
        Whether there are biases.
    dropout : float
        The share of the features that a layer above the first does not get to read while training.
    bidirectional : bool
        Whether a second direction reads each sequence from its own end.
    residual : bool
        Whether each layer adds what it read to what it gives.
    variational : bool
        Whether `dropout` draws one mask per sequence; else one per step, as torch does.
    recurrent_dropout : float
        The share of the units of :math:`h_{t-1}` that the matrices of a layer do not get to see
        while training: one mask per sequence, layer and direction. What is carried from step to
        step (the cell of an LSTM, the kept part of a GRU's state) is not masked.
    device, dtype : optional
        Where and how the weights are kept.
    **options
        Further options of the layer, such as ``layer_norm=True`` for an LSTM.

    Raises
    ------
    ValueError
        If a size is not above 0, a share lies outside [0, 1], `dropout` has no second layer to
        act before, `cell` is another word, or recurrent dropout is asked of the fast path.
    TypeError
        If the layer has no such option.

    References
    ----------
    Graves, A., Mohamed, A., Hinton, G. (2013). Speech recognition with deep recurrent neural
    networks. ICASSP, 6645-6649.
    He, K., Zhang, X., Ren, S., Sun, J. (2016). Deep residual learning for image recognition.
    CVPR, 770-778.
    Gal, Y., Ghahramani, Z. (2016). A theoretically grounded application of dropout in recurrent
    neural networks. Advances in Neural Information Processing Systems 29.

    Chapter: 07_deep
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        residual: bool = False,
        variational: bool = False,
        recurrent_dropout: float = 0.0,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        expect_one_of("cell", cell, _CELLS)
        expect_positive("input_size", input_size)
        expect_positive("hidden_size", hidden_size)
        expect_positive("num_layers", num_layers)
        expect_share("dropout", dropout)
        expect_share("recurrent_dropout", recurrent_dropout)
        if dropout > 0 and num_layers == 1:
            raise ValueError(
                f"dropout: expected 0 with one layer, for it acts between layers, got {dropout}"
            )
        if recurrent_dropout > 0 and options.get("fast"):
            raise ValueError("recurrent_dropout: expected 0 with fast=True, whose loop has no mask")
        self.cell, self.input_size, self.hidden_size = cell, input_size, hidden_size
        self.num_layers, self.bias, self.bidirectional = num_layers, bias, bidirectional
        self.residual, self.recurrent_dropout = residual, recurrent_dropout
        self.directions = 2 if bidirectional else 1
        width = self.directions * hidden_size
        sizes = [input_size] + [width] * (num_layers - 1)
        kind = _CELLS[cell][1 if recurrent_dropout > 0 else 0]
        common = {"bias": bias, "bidirectional": bidirectional, "device": device, "dtype": dtype}
        self.layers = nn.ModuleList(kind(size, hidden_size, **common, **options) for size in sizes)
        for layer in self.layers:
            cast(Any, layer).recurrent_dropout = recurrent_dropout
        self.dropout: nn.Module = (
            VariationalDropout(dropout) if variational else nn.Dropout(dropout)
        )
        self.paths = nn.ModuleList(
            nn.Identity()
            if size == width
            else nn.Linear(size, width, bias=False, device=device, dtype=dtype)
            for size in (sizes if residual else [])
        )

    @classmethod
    def from_torch(cls, theirs: nn.RNNBase) -> Stack:
        """Return a stack with copies of the weights of torch's `RNN`, `LSTM` or `GRU`.

        Parameters
        ----------
        theirs : torch.nn.RNN, LSTM or GRU
            Any layers, directions and dropout; with or without `batch_first`.

        Returns
        -------
        Stack
            It computes what `theirs` computes, batch first.

        Raises
        ------
        TypeError
            If `theirs` is none of the three.
        ValueError
            If it projects its states (`proj_size`).
        """
        kinds: dict[type[nn.Module], str] = {nn.RNN: "rnn", nn.LSTM: "lstm", nn.GRU: "gru"}
        if type(theirs) not in kinds:
            raise TypeError(
                f"theirs: expected torch.nn.RNN, LSTM or GRU, got {type(theirs).__name__}"
            )
        if theirs.proj_size:
            raise ValueError(f"theirs: expected proj_size 0, got {theirs.proj_size}")
        cell = kinds[type(theirs)]
        options: dict[str, Any] = {"nonlinearity": theirs.nonlinearity} if cell == "rnn" else {}
        weight = cast(Tensor, theirs.weight_ih_l0)
        ours = cls(
            cell,
            theirs.input_size,
            theirs.hidden_size,
            theirs.num_layers,
            theirs.bias,
            theirs.dropout if theirs.num_layers > 1 else 0.0,  # where it acts at all
            theirs.bidirectional,
            device=weight.device,
            dtype=weight.dtype,
            **options,
        )
        for depth, layer in enumerate(ours.layers):
            mark = f"_l{depth}"
            layer.load_state_dict(
                {
                    name.replace(mark, "_l0"): value
                    for name, value in theirs.state_dict().items()
                    if name.endswith((mark, f"{mark}_reverse"))
                }
            )
        return ours.train(theirs.training)

    def extra_repr(self) -> str:
        """Return what `repr` shows between the brackets, above the layers."""
        return f"residual={self.residual}, recurrent_dropout={self.recurrent_dropout}"

    def forward(
        self,
        x: Tensor,
        state: State | None = None,
        lengths: Tensor | Sequence[int] | None = None,
    ) -> tuple[Tensor, State]:
        """Read the sequences through all layers.

        With `lengths`, nothing past an example's end is read by any layer in any direction, and
        the outputs there are 0: an example gets the same answer alone and in any batch.

        Parameters
        ----------
        x : Tensor, shape (B, T, D)
            The inputs.
        state : Tensor, shape (L * directions, B, H), or a tuple of two, optional
            The states before the first step, in torch's order; 0 where left out.
        lengths : integers, shape (B,), optional
            The number of steps of each example, from 1 to T, in any order.

        Returns
        -------
        output : Tensor, shape (B, T, directions * H)
            What the last layer gives at all steps, its residual path included.
        state : Tensor, shape (L * directions, B, H), or a tuple of two
            The final states of the layers themselves, before any residual path is added.

        Raises
        ------
        ValueError
            If a shape or a device does not fit, T is 0, or a length lies outside 1 to T.
        TypeError
            If a dtype does not fit the weights, the lengths are not integers, or the state is
            not what the layers carry.
        """
        sizes = expect_shape("x", x, "B T D", D=self.input_size)
        first = cast(Any, self.layers[0])
        expect_alike("x", x, first.weight_ih_l0)
        if lengths is not None:
            live = live_steps(lengths, sizes["B"], sizes["T"], x.device)  # (B, T)
            x = x.masked_fill(~live.unsqueeze(-1), 0)  # padding may hold anything, NaN included
        if state is not None:
            letters = f"{self.num_layers * self.directions} B H"
            first._states(
                state, x, letters, B=sizes["B"], H=self.hidden_size
            )  # or say what is wrong
        finals = []
        for depth, layer in enumerate(self.layers):
            rows = slice(depth * self.directions, (depth + 1) * self.directions)
            read, final = layer(self.dropout(x) if depth > 0 else x, _rows(state, rows), lengths)
            # h^(l) = F^(l)(h^(l-1)) + P^(l) h^(l-1)
            x = read + self.paths[depth](x) if self.residual else read  # (B, T, directions * H)
            finals.append(final)
        return x, _joined(finals)


@torch.enable_grad()
def influence(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    r"""Measure how much the output at each step depends on the input at each step.

    .. math:: I_{ts} = \Bigl\lVert \frac{\partial y_t}{\partial x_s} \Bigr\rVert_F

    A model is causal where this is 0 for all s > t: nothing is read before its time.

    Parameters
    ----------
    function : callable
        From (1, T, D) to the outputs (1, T, K), such as ``lambda x: layer(x)[0]``.
    x : Tensor, shape (T, D)
        One sequence.

    Returns
    -------
    Tensor, shape (T, T)
        The Frobenius norms; row t is the output's step, column s the input's.

    Raises
    ------
    ValueError
        If a shape does not fit.

    References
    ----------
    Chapter: 07_deep
    """
    sizes = expect_shape("x", x, "T D")
    x = x.detach().clone().requires_grad_()
    output = function(x.unsqueeze(0))
    expect_shape("the output of function", output, "1 T K", T=sizes["T"])
    rows = []
    for step in output[0]:
        # the rows of the Jacobian of y_t by all inputs, one for each of its K entries
        rows.append(
            torch.stack(
                [
                    torch.autograd.grad(entry, x, retain_graph=True, materialize_grads=True)[0]
                    for entry in step
                ]
            )
        )  # (K, T, D)
    # I_ts = ||d y_t / d x_s||
    return torch.stack(rows).square().sum(dim=(1, 3)).sqrt()  # (T, T)


def _rows(state: State | None, rows: slice) -> State | None:
    """Return the states of one layer."""
    if isinstance(state, tuple):
        return state[0][rows], state[1][rows]
    return None if state is None else state[rows]


def _joined(finals: Sequence[Any]) -> State:
    """Return the states of all layers, in torch's order."""
    if isinstance(finals[0], tuple):
        h, c = (torch.cat(part) for part in zip(*finals, strict=True))
        return h, c
    return torch.cat(list(finals))
