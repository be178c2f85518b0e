"""The GRU in both variants, its backward pass by hand, and the minimal gated unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from rnn_utils._arrays import expect_numbers, expect_weights, sigmoid
from rnn_utils._errors import expect_shape
from rnn_utils.recurrent import (
    Recurrence,
    Recurrent,
    RecurrentCell,
    expect_alike,
    expect_look,
    turned,
)

__all__ = [
    "GRU",
    "MGU",
    "Cache",
    "GRUCell",
    "MGUCell",
    "gates",
    "gru_backward",
    "gru_forward",
    "gru_sequence",
    "gru_step",
]

Array = npt.NDArray[Any]


def gru_step(
    x: Array,
    state: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array | None = None,
    bias_hh: Array | None = None,
    reset_after: bool = True,
) -> Array:
    r"""Compute the next state of a GRU from one input and the last state.

    .. math::
        r_t &= \sigma(W_{ir} x_t + b_{ir} + W_{hr} h_{t-1} + b_{hr}) \\
        z_t &= \sigma(W_{iz} x_t + b_{iz} + W_{hz} h_{t-1} + b_{hz}) \\
        n_t &= \tanh(W_{in} x_t + b_{in} + r_t \odot (W_{hn} h_{t-1} + b_{hn})) \\
        h_t &= (1 - z_t) \odot n_t + z_t \odot h_{t-1}

    With ``reset_after=False`` the reset gate acts before the product, as in the original paper:

    .. math:: n_t = \tanh(W_{in} x_t + b_{in} + W_{hn} (r_t \odot h_{t-1}) + b_{hn})

    Complex arrays pass through, so that a complex step differentiates it.

    Parameters
    ----------
    x : array, shape (B, D)
        The inputs of this step, one row per example.
    state : array, shape (B, H)
        The last states, :math:`h_{t-1}`.
    weight_ih : array, shape (3 * H, D)
        The maps from the input: the blocks of r, z and n, one above the other.
    weight_hh : array, shape (3 * H, H)
        The maps from the last state, in the same order.
    bias_ih, bias_hh : array, shape (3 * H,), optional
        The biases; 0 where left out.
    reset_after : bool
        Whether r acts after the product with :math:`W_{hn}` (torch, cuDNN) or before it.

    Returns
    -------
    array, shape (B, H)
        The new states, :math:`h_t`.

    Raises
    ------
    ValueError
        If a shape does not fit.
    TypeError
        If an array does not hold floating-point (or complex) numbers.

    References
    ----------
    Cho, K. et al. (2014). Learning phrase representations using RNN encoder-decoder for
    statistical machine translation. EMNLP, 1724-1734.

    Chapter: 06_gru
    """
    sizes = expect_weights(3, weight_ih, weight_hh, bias_ih, bias_hh)
    sizes = expect_shape("x", x, "B D", **sizes)
    expect_shape("state", state, "B H", **sizes)
    expect_numbers(x=x, state=state, weight_ih=weight_ih, weight_hh=weight_hh)
    return _step_numpy(x, state, weight_ih, weight_hh, bias_ih, bias_hh, reset_after)[0]


def gru_sequence(
    x: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array | None = None,
    bias_hh: Array | None = None,
    state: Array | None = None,
    reset_after: bool = True,
) -> tuple[Array, Array]:
    r"""Read whole sequences with a GRU, one step after the other.

    .. math:: h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1}, \qquad t = 1, \dots, T

    Parameters
    ----------
    x : array, shape (B, T, D)
        The inputs; T may be any length, 0 included.
    weight_ih, weight_hh : array, shapes (3 * H, D) and (3 * H, H)
        The maps from the input and from the last state: the blocks of r, z and n.
    bias_ih, bias_hh : array, shape (3 * H,), optional
        The biases; 0 where left out.
    state : array, shape (B, H), optional
        The state before the first step, :math:`h_0`; 0 where left out.
    reset_after : bool
        Where the reset gate acts, as in `gru_step`.

    Returns
    -------
    output : array, shape (B, T, H)
        The states of all steps.
    state : array, shape (B, H)
        The state after the last step.

    Raises
    ------
    ValueError
        If a shape does not fit.
    TypeError
        If an array does not hold floating-point (or complex) numbers.

    References
    ----------
    Cho, K. et al. (2014). Learning phrase representations using RNN encoder-decoder for
    statistical machine translation. EMNLP, 1724-1734.

    Chapter: 06_gru
    """
    return gru_forward(x, weight_ih, weight_hh, bias_ih, bias_hh, state, reset_after)[:2]


@dataclass(frozen=True, eq=False)
class Cache:
    """What the forward pass keeps for the backward pass.

    Parameters
    ----------
    x : array
        The inputs (B, T, D).
    states : array
        The states (B, T + 1, H); ``states[:, 0]`` is the initial state.
    r, z, n : array
        The reset gate, the update gate and the candidate (B, T, H).
    past : array
        What the reset gate multiplies (B, T, H): :math:`W_{hn} h_{t-1} + b_{hn}`, or, in the
        original variant, :math:`h_{t-1}`.
    weight_ih, weight_hh : array
        The matrices.
    bias_ih, bias_hh : array or None
        The biases.
    reset_after : bool
        The variant.

    Chapter: 06_gru
    """

    x: Array
    states: Array
    r: Array
    z: Array
    n: Array
    past: Array
    weight_ih: Array
    weight_hh: Array
    bias_ih: Array | None
    bias_hh: Array | None
    reset_after: bool


def gru_forward(
    x: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array | None = None,
    bias_hh: Array | None = None,
    state: Array | None = None,
    reset_after: bool = True,
) -> tuple[Array, Array, Cache]:
    r"""Read whole sequences with a GRU and keep what the backward pass needs.

    .. math:: h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1}, \qquad t = 1, \dots, T

    Parameters
    ----------
    x, weight_ih, weight_hh, bias_ih, bias_hh, state, reset_after
        As in `gru_sequence`.

    Returns
    -------
    output : array, shape (B, T, H)
        The states of all steps.
    state : array, shape (B, H)
        The state after the last step.
    cache : Cache
        For `gru_backward`.

    Raises
    ------
    ValueError
        If a shape does not fit.
    TypeError
        If an array does not hold floating-point (or complex) numbers.

    References
    ----------
    Cho, K. et al. (2014). Learning phrase representations using RNN encoder-decoder for
    statistical machine translation. EMNLP, 1724-1734.

    Chapter: 06_gru
    """
    sizes = expect_weights(3, weight_ih, weight_hh, bias_ih, bias_hh)
    sizes = expect_shape("x", x, "B T D", **sizes)
    batch, steps, hidden = sizes["B"], sizes["T"], sizes["H"]
    biases = [bias for bias in (bias_ih, bias_hh) if bias is not None]
    dtype = np.result_type(x, weight_ih, weight_hh, *biases)
    if state is None:
        state = np.zeros((batch, hidden), dtype=dtype)  # h_0 = 0
    expect_shape("state", state, "B H", B=batch, H=hidden)
    expect_numbers(x=x, state=state, weight_ih=weight_ih, weight_hh=weight_hh)
    dtype = np.result_type(dtype, state)
    states = np.empty((batch, steps + 1, hidden), dtype=dtype)
    states[:, 0] = state
    r, z, n, past = np.empty((4, batch, steps, hidden), dtype=dtype)
    for t in range(steps):
        values = _step_numpy(
            x[:, t], states[:, t], weight_ih, weight_hh, bias_ih, bias_hh, reset_after
        )
        states[:, t + 1], r[:, t], z[:, t], n[:, t], past[:, t] = values
    cache = Cache(x, states, r, z, n, past, weight_ih, weight_hh, bias_ih, bias_hh, reset_after)
    return states[:, 1:], states[:, -1], cache


def gru_backward(doutput: Array | None, dstate: Array | None, cache: Cache) -> dict[str, Array]:
    r"""Send errors back through a GRU by hand-written backpropagation through time.

    .. math::
        \delta^n_t &= (1 - n_t^2) \odot (1 - z_t) \odot \mathrm d h_t \\
        \delta^z_t &= z_t \odot (1 - z_t) \odot (h_{t-1} - n_t) \odot \mathrm d h_t \\
        \delta^r_t &= r_t \odot (1 - r_t) \odot (W_{hn} h_{t-1} + b_{hn}) \odot \delta^n_t \\
        \mathrm d h_{t-1} &= z_t \odot \mathrm d h_t + W_{hr}^\top \delta^r_t
        + W_{hz}^\top \delta^z_t + W_{hn}^\top (r_t \odot \delta^n_t)

    where :math:`\mathrm d h_t` is the total derivative of the loss by :math:`h_t`. In the original
    variant the reset gate stands on the other side of :math:`W_{hn}^\top`.

    Parameters
    ----------
    doutput : array, shape (B, T, H), optional
        The derivative of the loss by the output of each step; 0 where left out.
    dstate : array, shape (B, H), optional
        The derivative by the last state, of whatever follows; 0 where left out.
    cache : Cache
        What `gru_forward` kept.

    Returns
    -------
    dict of arrays
        The gradients: ``"x"`` (B, T, D), ``"state"`` (B, H) for the initial state,
        ``"weight_ih"``, ``"weight_hh"`` and, where there are biases, ``"bias_ih"``, ``"bias_hh"``.

    Raises
    ------
    ValueError
        If a shape does not fit the cache.

    References
    ----------
    Werbos, P. J. (1990). Backpropagation through time: what it does and how to do it.
    Proceedings of the IEEE 78, 1550-1560.

    Chapter: 06_gru
    """
    c, sizes = cache, dict(zip("BTH", cache.n.shape, strict=True))
    if doutput is None:
        doutput = np.zeros_like(c.n)
    if dstate is None:
        dstate = np.zeros_like(c.states[:, 0])
    expect_shape("doutput", doutput, "B T H", **sizes)
    expect_shape("dstate", dstate, "B H", **sizes)
    hidden = sizes["H"]
    weight_g, weight_n = c.weight_hh[: 2 * hidden], c.weight_hh[2 * hidden :]  # r and z; n
    # the derivatives by the blocks' pre-activations, on the side of x and on the side of h
    by_x = np.empty((*c.n.shape[:2], 3 * hidden), dtype=c.n.dtype)  # (B, T, 3 H)
    by_h = np.empty_like(by_x)
    for t in reversed(range(sizes["T"])):
        r, z, n, past, before = c.r[:, t], c.z[:, t], c.n[:, t], c.past[:, t], c.states[:, t]
        # dL/dh_t: from the output of this step and from the step after it
        dh = doutput[:, t] + dstate  # (B, H)
        # delta^n = (1 - n^2) (1 - z) dL/dh
        delta_n = (1 - n**2) * (1 - z) * dh
        # delta^z = z (1 - z) (h_{t-1} - n) dL/dh
        delta_z = z * (1 - z) * (before - n) * dh
        if c.reset_after:
            # delta^r = r (1 - r) (W_hn h_{t-1} + b_hn) delta^n
            delta_r = r * (1 - r) * past * delta_n
            behind, through = r * delta_n, (r * delta_n) @ weight_n
        else:
            # delta^r = r (1 - r) h_{t-1} (W_hn^T delta^n)
            delta_r = r * (1 - r) * past * (delta_n @ weight_n)
            behind, through = delta_n, r * (delta_n @ weight_n)
        by_x[:, t] = np.concatenate([delta_r, delta_z, delta_n], axis=1)
        by_h[:, t] = np.concatenate([delta_r, delta_z, behind], axis=1)
        # dL/dh_{t-1} = z dL/dh + W_hr^T delta^r + W_hz^T delta^z + (what came through W_hn)
        dstate = z * dh + by_h[:, t, : 2 * hidden] @ weight_g + through
    read = c.states[:, :-1]  # what the blocks of weight_hh were applied to: h_{t-1} ...
    read_n = read if c.reset_after else c.r * read  # ... and, for n in the original, r h_{t-1}
    blocks = [
        np.einsum("btg,bth->gh", by_h[..., : 2 * hidden], read),
        np.einsum("btg,bth->gh", by_h[..., 2 * hidden :], read_n),
    ]
    gradients = {
        "x": by_x @ c.weight_ih,
        "state": dstate,
        # dL/dW_ih = sum_t delta_t x_t^T, dL/dW_hh = sum_t delta_t h_{t-1}^T
        "weight_ih": np.einsum("btg,btd->gd", by_x, c.x),
        "weight_hh": np.concatenate(blocks),
    }
    if c.bias_ih is not None:
        gradients["bias_ih"] = by_x.sum(axis=(0, 1))
    if c.bias_hh is not None:
        gradients["bias_hh"] = by_h.sum(axis=(0, 1))
    return gradients


def _step_numpy(
    x: Array,
    state: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array | None,
    bias_hh: Array | None,
    reset_after: bool,
) -> tuple[Array, Array, Array, Array, Array]:
    """Return h_t, r_t, z_t, n_t and what the reset gate multiplied, each (B, H)."""
    hidden = state.shape[1]
    inputs = x @ weight_ih.T  # (B, 3 H): the blocks r, z, n
    if bias_ih is not None:
        inputs = inputs + bias_ih
    x_r, x_z, x_n = np.split(inputs, 3, axis=1)
    b_g, b_n = (0, 0) if bias_hh is None else (bias_hh[: 2 * hidden], bias_hh[2 * hidden :])
    h_r, h_z = np.split(state @ weight_hh[: 2 * hidden].T + b_g, 2, axis=1)
    weight_n = weight_hh[2 * hidden :]
    # r_t = sigmoid(W_ir x_t + b_ir + W_hr h_{t-1} + b_hr)
    r = sigmoid(x_r + h_r)
    # z_t = sigmoid(W_iz x_t + b_iz + W_hz h_{t-1} + b_hz)
    z = sigmoid(x_z + h_z)
    if reset_after:
        past = state @ weight_n.T + b_n
        # n_t = tanh(W_in x_t + b_in + r_t (W_hn h_{t-1} + b_hn))
        n = np.tanh(x_n + r * past)
    else:
        past = state
        # n_t = tanh(W_in x_t + b_in + W_hn (r_t h_{t-1}) + b_hn)
        n = np.tanh(x_n + (r * past) @ weight_n.T + b_n)
    # h_t = (1 - z_t) n_t + z_t h_{t-1}
    return (1 - z) * n + z * state, r, z, n, past


class _Step(Recurrence[Tensor]):
    """The rule of the GRU, for the cell and for the layer."""

    GATES: ClassVar[int] = 3  # r, z, n

    reset_after: bool

    def _step(self, inputs: Tensor, state: tuple[Tensor, ...], name: str) -> tuple[Tensor, ...]:
        weight, bias = self._weight("weight_hh", name), self._bias("hh", name)
        return _gru(inputs, state[0], weight, bias, self.reset_after)[:1]


class GRUCell(_Step, RecurrentCell[Tensor]):
    r"""One step of a GRU; its weights interchange with `torch.nn.GRUCell`.

    .. math::
        r_t &= \sigma(W_{ir} x_t + b_{ir} + W_{hr} h_{t-1} + b_{hr}) \\
        z_t &= \sigma(W_{iz} x_t + b_{iz} + W_{hz} h_{t-1} + b_{hz}) \\
        n_t &= \tanh(W_{in} x_t + b_{in} + r_t \odot (W_{hn} h_{t-1} + b_{hn})) \\
        h_t &= (1 - z_t) \odot n_t + z_t \odot h_{t-1}

    With ``reset_after=False`` the reset gate acts before the product, as in the original paper:

    .. math:: n_t = \tanh(W_{in} x_t + b_{in} + W_{hn} (r_t \odot h_{t-1}) + b_{hn})

    Every weight starts uniform in :math:`\pm 1 / \sqrt{H}`, drawn in torch's order, so the same
    seed gives the same weights as torch.

    Parameters
    ----------
    input_size : int
        D, the features of an input.
    hidden_size : int
        H, the features of the state.
    bias : bool
        Whether there are `bias_ih` and `bias_hh`.
    reset_after : bool
        Whether r acts after the product with :math:`W_{hn}` (torch, cuDNN) or before it.
    device, dtype : optional
        Where and how the weights are kept.

    Raises
    ------
    ValueError
        If a size is not above 0.

    References
    ----------
    Cho, K. et al. (2014). Learning phrase representations using RNN encoder-decoder for
    statistical machine translation. EMNLP, 1724-1734.

    Chapter: 06_gru
    """

    USUAL: ClassVar[dict[str, Any]] = RecurrentCell.USUAL | {"reset_after": True}

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        reset_after: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, device, dtype, reset_after=reset_after)


class GRU(_Step, Recurrent[Tensor]):
    r"""A GRU over whole sequences; its weights interchange with `torch.nn.GRU`.

    .. math::
        r_t &= \sigma(W_{ir} x_t + b_{ir} + W_{hr} h_{t-1} + b_{hr}) \\
        z_t &= \sigma(W_{iz} x_t + b_{iz} + W_{hz} h_{t-1} + b_{hz}) \\
        n_t &= \tanh(W_{in} x_t + b_{in} + r_t \odot (W_{hn} h_{t-1} + b_{hn})) \\
        h_t &= (1 - z_t) \odot n_t + z_t \odot h_{t-1}

    With ``reset_after=False`` the reset gate acts before the product, as in the original paper:

    .. math:: n_t = \tanh(W_{in} x_t + b_{in} + W_{hn} (r_t \odot h_{t-1}) + b_{hn})

    Layers, directions, lengths and packed inputs as in `RNN`. Every weight starts uniform in
    :math:`\pm 1 / \sqrt{H}`, drawn in torch's order, so the same seed gives the same weights as
    torch.

    Parameters
    ----------
    input_size : int
        D, the features of an input.
    hidden_size : int
        H, the features of the state of one layer in one direction.
    num_layers : int
        L, the layers, each with weights of its own.
    bias : bool
        Whether there are biases.
    dropout : float
        The share of the states that is set to 0 between layers while training.
    bidirectional : bool
        Whether a second direction reads from the end.
    reset_after : bool
        Whether r acts after the product with :math:`W_{hn}` (torch, cuDNN) or before it.
    fast : bool
        Whether the backward pass is the hand-written one, with the weights' gradients in one
        product over all steps. Same values; second derivatives (``create_graph=True``) raise a
        RuntimeError.
    device, dtype : optional
        Where and how the weights are kept.

    Raises
    ------
    ValueError
        If a size is not above 0, or `dropout` lies outside [0, 1] or has no second layer to act
        before.

    References
    ----------
    Cho, K. et al. (2014). Learning phrase representations using RNN encoder-decoder for
    statistical machine translation. EMNLP, 1724-1734.

    Chapter: 06_gru
    """

    USUAL: ClassVar[dict[str, Any]] = Recurrent.USUAL | {"reset_after": True, "fast": False}

    fast: bool

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        reset_after: bool = True,
        fast: bool = False,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias,
            dropout,
            bidirectional,
            device,
            dtype,
            reset_after=reset_after,
            fast=fast,
        )

    def _read(
        self, x: Tensor, state: tuple[Tensor, ...], name: str, live: Tensor | None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        if not self.fast:
            return super()._read(x, state, name, live)
        weight, bias = self._weight("weight_hh", name), self._bias("hh", name)
        inputs = self._inputs(x, name)
        return _read_fast(inputs, state[0], weight, bias, self.reset_after, name, live)


class _MinimalStep(Recurrence[Tensor]):
    """The rule of the minimal gated unit, for the cell and for the layer."""

    GATES: ClassVar[int] = 2  # f, n

    def _step(self, inputs: Tensor, state: tuple[Tensor, ...], name: str) -> tuple[Tensor, ...]:
        weight, bias = self._weight("weight_hh", name), self._bias("hh", name)
        return _mgu(inputs, state[0], weight, bias)[:1]


class MGUCell(_MinimalStep, RecurrentCell[Tensor]):
    r"""One step of a minimal gated unit, a GRU whose one gate f both resets and updates.

    .. math::
        f_t &= \sigma(W_{if} x_t + b_{if} + W_{hf} h_{t-1} + b_{hf}) \\
        n_t &= \tanh(W_{in} x_t + b_{in} + W_{hn} (f_t \odot h_{t-1}) + b_{hn}) \\
        h_t &= f_t \odot n_t + (1 - f_t) \odot h_{t-1}

    The gate acts before the product with :math:`W_{hn}`, and an open gate takes the candidate,
    both as in the paper. Every weight starts uniform in :math:`\pm 1 / \sqrt{H}`.

    Parameters
    ----------
    input_size : int
        D, the features of an input.
    hidden_size : int
        H, the features of the state.
    bias : bool
        Whether there are `bias_ih` and `bias_hh`.
    device, dtype : optional
        Where and how the weights are kept.

    Raises
    ------
    ValueError
        If a size is not above 0.

    References
    ----------
    Zhou, G.-B., Wu, J., Zhang, C.-L., Zhou, Z.-H. (2016). Minimal gated unit for recurrent neural
    networks. International Journal of Automation and Computing 13, 226-234.

    Chapter: 06_gru
    """


class MGU(_MinimalStep, Recurrent[Tensor]):
    r"""A minimal gated unit over whole sequences: a GRU whose one gate f both resets and updates.

    .. math::
        f_t &= \sigma(W_{if} x_t + b_{if} + W_{hf} h_{t-1} + b_{hf}) \\
        n_t &= \tanh(W_{in} x_t + b_{in} + W_{hn} (f_t \odot h_{t-1}) + b_{hn}) \\
        h_t &= f_t \odot n_t + (1 - f_t) \odot h_{t-1}

    The gate acts before the product with :math:`W_{hn}`, and an open gate takes the candidate,
    both as in the paper. Layers, directions, lengths and packed inputs as in `RNN`. Every weight
    starts uniform in :math:`\pm 1 / \sqrt{H}`.

    Parameters
    ----------
    input_size : int
        D, the features of an input.
    hidden_size : int
        H, the features of the state of one layer in one direction.
    num_layers : int
        L, the layers, each with weights of its own.
    bias : bool
        Whether there are biases.
    dropout : float
        The share of the states that is set to 0 between layers while training.
    bidirectional : bool
        Whether a second direction reads from the end.
    fast : bool
        Whether the backward pass is the hand-written one of the GRU. Same values; second
        derivatives (``create_graph=True``) raise a RuntimeError.
    device, dtype : optional
        Where and how the weights are kept.

    Raises
    ------
    ValueError
        If a size is not above 0, or `dropout` lies outside [0, 1] or has no second layer to act
        before.

    References
    ----------
    Zhou, G.-B., Wu, J., Zhang, C.-L., Zhou, Z.-H. (2016). Minimal gated unit for recurrent neural
    networks. International Journal of Automation and Computing 13, 226-234.

    Chapter: 06_gru
    """

    USUAL: ClassVar[dict[str, Any]] = Recurrent.USUAL | {"fast": False}

    fast: bool

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        fast: bool = False,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias,
            dropout,
            bidirectional,
            device,
            dtype,
            fast=fast,
        )

    def _read(
        self, x: Tensor, state: tuple[Tensor, ...], name: str, live: Tensor | None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        if not self.fast:
            return super()._read(x, state, name, live)
        # an MGU is an original GRU with r = f and z = 1 - f, and 1 - sigmoid(a) = sigmoid(-a)
        inputs, weight = _tie(self._inputs(x, name), -1), _tie(self._weight("weight_hh", name), 0)
        bias = self._bias("hh", name)
        return _read_fast(
            inputs, state[0], weight, None if bias is None else _tie(bias, 0), False, name, live
        )


def gates(
    module: GRU | MGU | nn.GRU, x: Tensor, state: Tensor | None = None, layer: int = 0
) -> dict[str, Tensor]:
    r"""Read the sequences and return what the gates of one layer did at every step.

    .. math:: h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1}

    There is no dropout between the layers, as in evaluation.

    Parameters
    ----------
    module : GRU, MGU or nn.GRU
        In one direction, with the batch first.
    x : Tensor, shape (B, T, D)
        The inputs.
    state : Tensor, shape (L, B, H), optional
        The states before the first step; 0 where left out.
    layer : int
        The layer to look into, from 0.

    Returns
    -------
    dict of Tensor, each of shape (B, T, H)
        ``"r"``, ``"z"``, ``"n"`` and ``"h"``; for a minimal gated unit ``"f"``, ``"n"`` and
        ``"h"``.

    Raises
    ------
    ValueError
        If the module reads in two directions or wants the time axis first, there is no such
        layer, T is 0, or a shape or a device does not fit.
    TypeError
        If the module is no GRU and no minimal gated unit, or a dtype does not fit.

    References
    ----------
    Cho, K. et al. (2014). Learning phrase representations using RNN encoder-decoder for
    statistical machine translation. EMNLP, 1724-1734.

    Chapter: 06_gru
    """
    sizes = expect_look(module, (GRU, MGU, nn.GRU), x, layer)
    if state is None:
        state = x.new_zeros(module.num_layers, sizes["B"], module.hidden_size)
    expect_shape("state", state, f"{module.num_layers} B H", B=sizes["B"], H=module.hidden_size)
    expect_alike("state", state, x)
    names = ("h", "f", "n") if isinstance(module, MGU) else ("h", "r", "z", "n")
    values: tuple[Tensor, ...] = (x,)
    for index in range(layer + 1):
        weight_ih, weight_hh = (getattr(module, f"weight_{side}_l{index}") for side in ("ih", "hh"))
        bias_ih, bias_hh = (getattr(module, f"bias_{side}_l{index}", None) for side in ("ih", "hh"))
        inputs = nn.functional.linear(values[0], weight_ih, bias_ih)  # (B, T, blocks * H)
        h, steps = state[index], []
        for t in range(sizes["T"]):
            if isinstance(module, MGU):
                step: tuple[Tensor, ...] = _mgu(inputs[:, t], h, weight_hh, bias_hh)
            else:
                after = getattr(module, "reset_after", True)
                step = _gru(inputs[:, t], h, weight_hh, bias_hh, after)
            h = step[0]
            steps.append(step)
        values = tuple(torch.stack(part, dim=1) for part in zip(*steps, strict=True))
    return dict(zip(names, values, strict=True))


def _gru(
    inputs: Tensor, h: Tensor, weight_hh: Tensor, bias_hh: Tensor | None, reset_after: bool
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return h_t, r_t, z_t and n_t, each (B, H), from what the input brings, (B, 3 H)."""
    hidden = h.shape[1]
    linear = nn.functional.linear
    x_r, x_z, x_n = inputs.chunk(3, dim=1)
    if reset_after:
        # one product for all three blocks: W_hh h_{t-1} + b_hh
        h_r, h_z, h_n = linear(h, weight_hh, bias_hh).chunk(3, dim=1)
    else:
        weight_g, weight_n = weight_hh[: 2 * hidden], weight_hh[2 * hidden :]
        bias_g, bias_n = (
            (None, None) if bias_hh is None else (bias_hh[: 2 * hidden], bias_hh[2 * hidden :])
        )
        h_r, h_z = linear(h, weight_g, bias_g).chunk(2, dim=1)
    # r_t = sigmoid(W_ir x_t + b_ir + W_hr h_{t-1} + b_hr)
    r = torch.sigmoid(x_r + h_r)
    # z_t = sigmoid(W_iz x_t + b_iz + W_hz h_{t-1} + b_hz)
    z = torch.sigmoid(x_z + h_z)
    if reset_after:
        # n_t = tanh(W_in x_t + b_in + r_t (W_hn h_{t-1} + b_hn))
        n = torch.tanh(x_n + r * h_n)
    else:
        # n_t = tanh(W_in x_t + b_in + W_hn (r_t h_{t-1}) + b_hn)
        n = torch.tanh(x_n + linear(r * h, weight_n, bias_n))
    # h_t = (1 - z_t) n_t + z_t h_{t-1}
    return (1 - z) * n + z * h, r, z, n


def _mgu(
    inputs: Tensor, h: Tensor, weight_hh: Tensor, bias_hh: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Return h_t, f_t and n_t, each (B, H), from what the input brings, (B, 2 H)."""
    linear = nn.functional.linear
    x_f, x_n = inputs.chunk(2, dim=1)
    weight_f, weight_n = weight_hh.chunk(2)
    bias_f, bias_n = (None, None) if bias_hh is None else bias_hh.chunk(2)
    # f_t = sigmoid(W_if x_t + b_if + W_hf h_{t-1} + b_hf)
    f = torch.sigmoid(x_f + linear(h, weight_f, bias_f))
    # n_t = tanh(W_in x_t + b_in + W_hn (f_t h_{t-1}) + b_hn)
    n = torch.tanh(x_n + linear(f * h, weight_n, bias_n))
    # h_t = f_t n_t + (1 - f_t) h_{t-1}
    return f * n + (1 - f) * h, f, n


def _tie(blocks: Tensor, axis: int) -> Tensor:
    """Turn the blocks f, n of a minimal gated unit into the blocks r, z, n of a GRU."""
    f, n = blocks.chunk(2, dim=axis)
    return torch.cat([f, -f, n], dim=axis)


def _read_fast(
    inputs: Tensor,
    state: Tensor,
    weight_hh: Tensor,
    bias_hh: Tensor | None,
    reset_after: bool,
    name: str,
    live: Tensor | None,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run one layer in one direction with the hand-written backward pass.

    With lengths, the loop runs on past an example's end; nobody reads what it computes there, so
    no gradient comes from there, and the final state is the output at the example's last step.
    """
    inputs, state = inputs.to(weight_hh.dtype), state.to(weight_hh.dtype)  # autocast may differ
    back = name.endswith("_reverse")
    if back:  # to read from the end is to read the turned sequence from its start
        inputs = turned(inputs, live)
    output: Tensor = _Fast.apply(  # type: ignore[no-untyped-call]
        inputs.transpose(0, 1), state, weight_hh, bias_hh, reset_after
    )
    output = output.transpose(0, 1)  # (B, T, H)
    if live is None:
        final = output[:, -1]
    else:
        final = output[torch.arange(len(output), device=output.device), live.sum(1) - 1]
        output = output.masked_fill(~live.unsqueeze(-1), 0)
    return turned(output, live) if back else output, (final,)


class _Fast(torch.autograd.Function):
    """The loop of a GRU and its backward pass by hand; time is the first axis inside."""

    @staticmethod
    def forward(
        ctx: Any,
        inputs: Tensor,
        state: Tensor,
        weight_hh: Tensor,
        bias_hh: Tensor | None,
        reset_after: bool,
    ) -> Tensor:
        """Run (T, B, 3 H), (B, H) to (T, B, H)."""
        steps, batch, hidden = inputs.shape[0], *state.shape
        weight_g, weight_n = weight_hh[: 2 * hidden].t(), weight_hh[2 * hidden :].t()
        x_n = inputs[..., 2 * hidden :]
        if bias_hh is not None and not reset_after:
            x_n = x_n + bias_hh[2 * hidden :]
        x_g = inputs[..., : 2 * hidden]
        if bias_hh is not None:
            x_g = x_g + bias_hh[: 2 * hidden]
        gate = torch.empty_like(x_g, memory_format=torch.contiguous_format)  # r and z
        n, past = torch.empty_like(x_n), torch.empty_like(x_n)
        states = inputs.new_empty(steps + 1, batch, hidden)
        states[0] = h = state
        parts = zip(x_g, x_n, gate, n, past, states[1:], strict=True)
        for g_in, n_in, g_t, n_t, past_t, new in parts:
            torch.addmm(g_in, h, weight_g, out=g_t)
            g_t.sigmoid_()
            r, z = g_t[:, :hidden], g_t[:, hidden:]
            if reset_after:
                if bias_hh is None:
                    torch.mm(h, weight_n, out=past_t)
                else:
                    torch.addmm(bias_hh[2 * hidden :], h, weight_n, out=past_t)
                torch.addcmul(n_in, r, past_t, out=n_t)
            else:
                torch.mul(r, h, out=past_t)  # r_t h_{t-1}, which W_hn reads
                torch.addmm(n_in, past_t, weight_n, out=n_t)
            n_t.tanh_()
            h = torch.lerp(n_t, h, z, out=new)
        ctx.save_for_backward(weight_hh, gate, n, past, states)
        ctx.reset_after, ctx.bias = reset_after, bias_hh is not None
        return states[1:].clone()

    @staticmethod
    def backward(ctx: Any, doutput: Tensor) -> tuple[Tensor | None, ...]:
        """Send the errors (T, B, H) back; the weights' gradients come from one product each."""
        if torch.is_grad_enabled():  # create_graph=True: these lines are not recorded
            raise RuntimeError("fast: expected no second derivatives, got create_graph=True")
        weight_hh, gate, n, past, states = ctx.saved_tensors
        hidden = n.shape[2]
        weight_g, weight_n = weight_hh[: 2 * hidden], weight_hh[2 * hidden :]
        before, r, z = states[:-1], gate[..., :hidden], gate[..., hidden:]
        # the factors that need no error, for all steps at once
        slope_n = (1 - n * n) * (1 - z)
        slope_z = z * (1 - z) * (before - n)
        slope_r = r * (1 - r) * (past if ctx.reset_after else before)
        by_g, by_n = torch.empty_like(gate), torch.empty_like(n)
        by_past = torch.empty_like(n) if ctx.reset_after else by_n
        carried = torch.zeros_like(n[0])
        with torch.autocast(doutput.device.type, enabled=False):
            for t in reversed(range(n.shape[0])):
                dh = doutput[t] + carried
                d_n = torch.mul(slope_n[t], dh, out=by_n[t])
                torch.mul(slope_z[t], dh, out=by_g[t, :, hidden:])
                if ctx.reset_after:
                    torch.mul(slope_r[t], d_n, out=by_g[t, :, :hidden])
                    through = torch.mul(r[t], d_n, out=by_past[t]) @ weight_n
                else:
                    product = d_n @ weight_n
                    torch.mul(slope_r[t], product, out=by_g[t, :, :hidden])
                    through = product.mul_(r[t])
                carried = through.addmm_(by_g[t], weight_g).addcmul_(z[t], dh)
            by_h = torch.cat([by_g, by_past], dim=-1).flatten(0, 1)  # (T * B, 3 H)
            by_x = torch.cat([by_g, by_n], dim=-1)  # (T, B, 3 H)
            flat = before.flatten(0, 1)
            read_n = flat if ctx.reset_after else past.flatten(0, 1)
            d_weight = torch.cat(
                [by_h[:, : 2 * hidden].t() @ flat, by_h[:, 2 * hidden :].t() @ read_n]
            )
            d_bias = by_h.sum(0) if ctx.bias else None
        return by_x, carried, d_weight, d_bias, None
