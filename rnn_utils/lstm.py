"""The LSTM: NumPy with its backward pass, a cell and a layer in torch, options, a fast path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from rnn_utils._arrays import expect_numbers, expect_weights, sigmoid
from rnn_utils._errors import expect_shape
from rnn_utils.recurrent import Recurrence, Recurrent, RecurrentCell, expect_look, turned

__all__ = [
    "LSTM",
    "Cache",
    "LSTMCell",
    "gates",
    "lstm_backward",
    "lstm_forward",
    "lstm_sequence",
    "lstm_step",
    "set_forget_bias",
]

Array = npt.NDArray[Any]
State = tuple[Tensor, Tensor]


def lstm_step(
    x: Array,
    state: tuple[Array, Array],
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array | None = None,
    bias_hh: Array | None = None,
) -> tuple[Array, Array]:
    r"""Compute the next state of an LSTM from one input and the last state.

    .. math::
        i_t &= \sigma(W_{ii} x_t + b_{ii} + W_{hi} h_{t-1} + b_{hi}) \\
        f_t &= \sigma(W_{if} x_t + b_{if} + W_{hf} h_{t-1} + b_{hf}) \\
        g_t &= \tanh(W_{ig} x_t + b_{ig} + W_{hg} h_{t-1} + b_{hg}) \\
        o_t &= \sigma(W_{io} x_t + b_{io} + W_{ho} h_{t-1} + b_{ho}) \\
        c_t &= f_t \odot c_{t-1} + i_t \odot g_t \\
        h_t &= o_t \odot \tanh(c_t)

    Complex arrays pass through, so that a complex step differentiates it.

    Parameters
    ----------
    x : array, shape (B, D)
        The inputs of this step, one row per example.
    state : tuple of two arrays, shape (B, H)
        The last states, :math:`(h_{t-1}, c_{t-1})`.
    weight_ih : array, shape (4 * H, D)
        The maps from the input: the blocks of i, f, g and o, one above the other.
    weight_hh : array, shape (4 * H, H)
        The maps from the last state, in the same order.
    bias_ih, bias_hh : array, shape (4 * H,), optional
        The biases; 0 where left out.

    Returns
    -------
    tuple of two arrays, shape (B, H)
        The new states, :math:`(h_t, c_t)`.

    Raises
    ------
    ValueError
        If a shape does not fit.
    TypeError
        If an array does not hold floating-point (or complex) numbers, or the state is no tuple.

    References
    ----------
    Hochreiter, S., Schmidhuber, J. (1997). Long short-term memory. Neural Computation 9,
    1735-1780.
    Gers, F. A., Schmidhuber, J., Cummins, F. (2000). Learning to forget: continual prediction
    with LSTM. Neural Computation 12, 2451-2471.

    Chapter: 05_lstm
    """
    sizes = expect_weights(4, weight_ih, weight_hh, bias_ih, bias_hh)
    sizes = expect_shape("x", x, "B D", **sizes)
    h, c = _expect_state("state", state, sizes)
    expect_numbers(x=x, h=h, c=c, weight_ih=weight_ih, weight_hh=weight_hh)
    return _step_numpy(x, h, c, weight_ih, weight_hh, bias_ih, bias_hh)[:2]


def lstm_sequence(
    x: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array | None = None,
    bias_hh: Array | None = None,
    state: tuple[Array, Array] | None = None,
) -> tuple[Array, tuple[Array, Array]]:
    r"""Read whole sequences with an LSTM, one step after the other.

    .. math:: c_t = f_t \odot c_{t-1} + i_t \odot g_t, \quad h_t = o_t \odot \tanh(c_t),
              \qquad t = 1, \dots, T

    Parameters
    ----------
    x : array, shape (B, T, D)
        The inputs; T may be any length, 0 included.
    weight_ih, weight_hh : array, shapes (4 * H, D) and (4 * H, H)
        The maps from the input and from the last state: the blocks of i, f, g and o.
    bias_ih, bias_hh : array, shape (4 * H,), optional
        The biases; 0 where left out.
    state : tuple of two arrays, shape (B, H), optional
        The state before the first step, :math:`(h_0, c_0)`; 0 where left out.

    Returns
    -------
    output : array, shape (B, T, H)
        The states h of all steps.
    state : tuple of two arrays, shape (B, H)
        The state (h, c) after the last step.

    Raises
    ------
    ValueError
        If a shape does not fit.
    TypeError
        If an array does not hold floating-point (or complex) numbers, or the state is no tuple.

    References
    ----------
    Hochreiter, S., Schmidhuber, J. (1997). Long short-term memory. Neural Computation 9,
    1735-1780.

    Chapter: 05_lstm
    """
    return lstm_forward(x, weight_ih, weight_hh, bias_ih, bias_hh, state)[:2]


@dataclass(frozen=True, eq=False)
class Cache:
    """What the forward pass keeps for the backward pass.

    Parameters
    ----------
    x : array
        The inputs (B, T, D).
    h, c : array
        The states (B, T + 1, H); ``h[:, 0]`` and ``c[:, 0]`` are the initial ones.
    i, f, g, o : array
        The input gate, the forget gate, the candidate and the output gate (B, T, H).
    weight_ih, weight_hh : array
        The matrices.
    bias_ih, bias_hh : array or None
        The biases.

    Chapter: 05_lstm
    """

    x: Array
    h: Array
    c: Array
    i: Array
    f: Array
    g: Array
    o: Array
    weight_ih: Array
    weight_hh: Array
    bias_ih: Array | None
    bias_hh: Array | None


def lstm_forward(
    x: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array | None = None,
    bias_hh: Array | None = None,
    state: tuple[Array, Array] | None = None,
) -> tuple[Array, tuple[Array, Array], Cache]:
    r"""Read whole sequences with an LSTM and keep what the backward pass needs.

    .. math:: c_t = f_t \odot c_{t-1} + i_t \odot g_t, \quad h_t = o_t \odot \tanh(c_t),
              \qquad t = 1, \dots, T

    Parameters
    ----------
    x, weight_ih, weight_hh, bias_ih, bias_hh, state
        As in `lstm_sequence`.

    Returns
    -------
    output : array, shape (B, T, H)
        The states h of all steps.
    state : tuple of two arrays, shape (B, H)
        The state (h, c) after the last step.
    cache : Cache
        For `lstm_backward`.

    Raises
    ------
    ValueError
        If a shape does not fit.
    TypeError
        If an array does not hold floating-point (or complex) numbers, or the state is no tuple.

    References
    ----------
    Hochreiter, S., Schmidhuber, J. (1997). Long short-term memory. Neural Computation 9,
    1735-1780.

    Chapter: 05_lstm
    """
    sizes = expect_weights(4, weight_ih, weight_hh, bias_ih, bias_hh)
    sizes = expect_shape("x", x, "B T D", **sizes)
    batch, steps, hidden = sizes["B"], sizes["T"], sizes["H"]
    biases = [bias for bias in (bias_ih, bias_hh) if bias is not None]
    dtype = np.result_type(x, weight_ih, weight_hh, *biases)
    if state is None:
        state = np.zeros((batch, hidden), dtype), np.zeros((batch, hidden), dtype)  # h_0 = c_0 = 0
    h_0, c_0 = _expect_state("state", state, sizes)
    expect_numbers(x=x, h=h_0, c=c_0, weight_ih=weight_ih, weight_hh=weight_hh)
    dtype = np.result_type(dtype, h_0, c_0)
    h, c = np.empty((2, batch, steps + 1, hidden), dtype=dtype)
    h[:, 0], c[:, 0] = h_0, c_0
    i, f, g, o = np.empty((4, batch, steps, hidden), dtype=dtype)
    for t in range(steps):
        values = _step_numpy(x[:, t], h[:, t], c[:, t], weight_ih, weight_hh, bias_ih, bias_hh)
        h[:, t + 1], c[:, t + 1], i[:, t], f[:, t], g[:, t], o[:, t] = values
    cache = Cache(x, h, c, i, f, g, o, weight_ih, weight_hh, bias_ih, bias_hh)
    return h[:, 1:], (h[:, -1], c[:, -1]), cache


def lstm_backward(
    doutput: Array | None, dstate: tuple[Array, Array] | None, cache: Cache
) -> dict[str, Array]:
    r"""Send errors back through an LSTM by hand-written backpropagation through time.

    .. math::
        \mathrm d c_t &= f_{t+1} \odot \mathrm d c_{t+1}
        + o_t \odot (1 - \tanh^2 c_t) \odot \mathrm d h_t \\
        \delta^i_t &= i_t \odot (1 - i_t) \odot g_t \odot \mathrm d c_t \\
        \delta^f_t &= f_t \odot (1 - f_t) \odot c_{t-1} \odot \mathrm d c_t \\
        \delta^g_t &= (1 - g_t^2) \odot i_t \odot \mathrm d c_t \\
        \delta^o_t &= o_t \odot (1 - o_t) \odot \tanh(c_t) \odot \mathrm d h_t \\
        \mathrm d h_{t-1} &= \mathrm d y_{t-1} + W_{hi}^\top \delta^i_t + W_{hf}^\top \delta^f_t
        + W_{hg}^\top \delta^g_t + W_{ho}^\top \delta^o_t

    where :math:`\mathrm d h_t` and :math:`\mathrm d c_t` are the total derivatives of the loss by
    :math:`h_t` and :math:`c_t`, and :math:`\mathrm d y_t` is the part of the first that reaches
    the output of step t directly. For sequences of different lengths, leave `doutput` at 0 past
    the ends: no gradient then comes from there, provided that `dstate` is 0 too.

    Parameters
    ----------
    doutput : array, shape (B, T, H), or None
        The derivative of the loss by the outputs; 0 where left out.
    dstate : tuple of two arrays, shape (B, H), or None
        The derivatives by the final (h, c), of losses that lie after this sequence; 0 where left
        out. So a long sequence can be sent back in pieces.
    cache : Cache
        What `lstm_forward` kept.

    Returns
    -------
    dict of arrays
        The gradients: ``"x"`` (B, T, D), ``"h"`` and ``"c"`` (B, H) for the initial state,
        ``"weight_ih"``, ``"weight_hh"`` and, where there are biases, ``"bias_ih"``, ``"bias_hh"``.

    Raises
    ------
    ValueError
        If a shape does not fit the cache.
    TypeError
        If `dstate` is no tuple of two.

    References
    ----------
    Werbos, P. J. (1990). Backpropagation through time: what it does and how to do it.
    Proceedings of the IEEE 78, 1550-1560.

    Chapter: 05_lstm
    """
    sizes = dict(zip("BTH", cache.i.shape, strict=True))
    if doutput is None:
        doutput = np.zeros_like(cache.i)
    if dstate is None:
        dstate = np.zeros_like(cache.h[:, 0]), np.zeros_like(cache.c[:, 0])
    expect_shape("doutput", doutput, "B T H", **sizes)
    dh, dc = _expect_state("dstate", dstate, sizes)
    # delta_t: the derivatives by the four pre-activations, the blocks i, f, g and o
    delta = np.empty((*cache.i.shape[:2], 4 * sizes["H"]), dtype=cache.i.dtype)  # (B, T, 4 H)
    for t in reversed(range(sizes["T"])):
        i, f, g, o = cache.i[:, t], cache.f[:, t], cache.g[:, t], cache.o[:, t]
        before, tanh = cache.c[:, t], np.tanh(cache.c[:, t + 1])  # c_{t-1}, tanh(c_t)
        # dL/dh_t: from the output of this step and from the step after it
        dh = doutput[:, t] + dh  # (B, H)
        # dL/dc_t = f_{t+1} dL/dc_{t+1} + o_t (1 - tanh^2 c_t) dL/dh_t
        dc = dc + o * (1 - tanh**2) * dh  # (B, H)
        blocks = (
            i * (1 - i) * g * dc,  # delta^i = i (1 - i) g dL/dc
            f * (1 - f) * before * dc,  # delta^f = f (1 - f) c_{t-1} dL/dc
            (1 - g**2) * i * dc,  # delta^g = (1 - g^2) i dL/dc
            o * (1 - o) * tanh * dh,  # delta^o = o (1 - o) tanh(c) dL/dh
        )
        delta[:, t] = np.concatenate(blocks, axis=1)
        # what reaches h_{t-1} and c_{t-1}: W_hh^T delta_t and f_t dL/dc_t
        dh, dc = delta[:, t] @ cache.weight_hh, f * dc
    gradients = {
        "x": delta @ cache.weight_ih,  # dL/dx_t = W_ih^T delta_t
        "h": dh,
        "c": dc,
        # dL/dW_ih = sum_t delta_t x_t^T, dL/dW_hh = sum_t delta_t h_{t-1}^T
        "weight_ih": np.einsum("btg,btd->gd", delta, cache.x),
        "weight_hh": np.einsum("btg,bth->gh", delta, cache.h[:, :-1]),
    }
    for name, bias in (("bias_ih", cache.bias_ih), ("bias_hh", cache.bias_hh)):
        if bias is not None:
            gradients[name] = delta.sum(axis=(0, 1))  # dL/db = sum_t delta_t
    return gradients


class _Step(Recurrence[State]):
    """The rule of the LSTM with its options, for the cell and for the layer."""

    GATES: ClassVar[int] = 4  # i, f, g, o; one less where i and f are coupled
    PARTS: ClassVar[int] = 2

    peephole: bool
    coupled: bool
    layer_norm: bool

    def _shapes(self, features: int) -> dict[str, tuple[int, ...]]:
        hidden = self.hidden_size
        rows = (3 if self.coupled else 4) * hidden  # the blocks f, g, o, or i, f, g, o
        shapes: dict[str, tuple[int, ...]] = {
            "weight_ih": (rows, features),
            "weight_hh": (rows, hidden),
        }
        if self.bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        if self.peephole:
            if not self.coupled:
                shapes["weight_ci"] = (hidden,)
            shapes |= {"weight_cf": (hidden,), "weight_co": (hidden,)}
        if self.layer_norm:
            shapes |= {"gain_ih": (rows,), "gain_hh": (rows,), "gain_c": (hidden,)}
            if self.bias:
                shapes["bias_c"] = (hidden,)
        return shapes

    def reset_parameters(self) -> None:
        r"""Draw every weight anew, uniform in :math:`\pm 1 / \sqrt{H}`; a norm starts plain."""
        super().reset_parameters()
        for key, parameter in self.named_parameters():
            if key.startswith("gain_"):
                nn.init.ones_(parameter)
            elif key.startswith("bias_c"):
                nn.init.zeros_(parameter)

    def _inputs(self, x: Tensor, name: str) -> Tensor:
        if not self.layer_norm:
            return super()._inputs(x, name)
        # LN(W_ih x_t) + b_ih
        product = nn.functional.linear(x, self._weight("weight_ih", name))
        return self._norm(product, self._weight("gain_ih", name), self._bias("ih", name))

    def _hidden(self, h: Tensor, name: str) -> Tensor:
        if not self.layer_norm:
            return super()._hidden(h, name)
        # LN(W_hh h_{t-1}) + b_hh
        product = nn.functional.linear(h, self._weight("weight_hh", name))
        return self._norm(product, self._weight("gain_hh", name), self._bias("hh", name))

    @staticmethod
    def _norm(values: Tensor, gain: Tensor, shift: Tensor | None) -> Tensor:
        """Normalise the features of each example to mean 0 and variance 1, scale and shift."""
        return nn.functional.layer_norm(values, values.shape[-1:], gain, shift)

    def _step(self, inputs: Tensor, state: tuple[Tensor, ...], name: str) -> tuple[Tensor, ...]:
        return self._gates(inputs, state, name)[:2]

    def _gates(self, inputs: Tensor, state: tuple[Tensor, ...], name: str) -> tuple[Tensor, ...]:
        """Return h_t, c_t, i_t, f_t, g_t and o_t, each (B, H)."""
        h, c = state
        # a_t = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh
        blocks = (inputs + self._hidden(h, name)).chunk(3 if self.coupled else 4, dim=1)
        a_f, a_g, a_o = blocks[-3:]
        if self.peephole:
            # a^f_t + w_cf c_{t-1}
            a_f = a_f + self._weight("weight_cf", name) * c
        # f_t = sigmoid(a^f_t)
        f = torch.sigmoid(a_f)
        if self.coupled:
            # i_t = 1 - f_t
            i = 1 - f
        else:
            a_i = blocks[0]
            if self.peephole:
                # a^i_t + w_ci c_{t-1}
                a_i = a_i + self._weight("weight_ci", name) * c
            # i_t = sigmoid(a^i_t)
            i = torch.sigmoid(a_i)
        # g_t = tanh(a^g_t)
        g = torch.tanh(a_g)
        # c_t = f_t c_{t-1} + i_t g_t
        c = f * c + i * g
        if self.peephole:
            # a^o_t + w_co c_t: the output gate sees the new cell
            a_o = a_o + self._weight("weight_co", name) * c
        # o_t = sigmoid(a^o_t)
        o = torch.sigmoid(a_o)
        shown = c
        if self.layer_norm:
            # LN(c_t), for the output only: the cell itself is carried as it is
            shift = self._weight("bias_c", name) if self.bias else None
            shown = self._norm(c, self._weight("gain_c", name), shift)
        # h_t = o_t tanh(c_t)
        return o * torch.tanh(shown), c, i, f, g, o


class LSTMCell(_Step, RecurrentCell[State]):
    r"""One step of an LSTM; without options its weights interchange with `torch.nn.LSTMCell`.

    .. math::
        i_t &= \sigma(W_{ii} x_t + b_{ii} + W_{hi} h_{t-1} + b_{hi}) \\
        f_t &= \sigma(W_{if} x_t + b_{if} + W_{hf} h_{t-1} + b_{hf}) \\
        g_t &= \tanh(W_{ig} x_t + b_{ig} + W_{hg} h_{t-1} + b_{hg}) \\
        o_t &= \sigma(W_{io} x_t + b_{io} + W_{ho} h_{t-1} + b_{ho}) \\
        c_t &= f_t \odot c_{t-1} + i_t \odot g_t \\
        h_t &= o_t \odot \tanh(c_t)

    The options, which may be combined, are described in `LSTM`. Every weight starts uniform in
    :math:`\pm 1 / \sqrt{H}`, drawn in torch's order, so the same seed gives the same weights as
    torch.

    Parameters
    ----------
    input_size : int
        D, the features of an input.
    hidden_size : int
        H, the features of the state.
    bias : bool
        Whether there are biases.
    peephole : bool
        Whether the gates see the cell.
    coupled : bool
        Whether the input gate is 1 - f.
    layer_norm : bool
        Whether the pre-activations and the cell's way out are normalised.
    device, dtype : optional
        Where and how the weights are kept.

    Raises
    ------
    ValueError
        If a size is not above 0.

    References
    ----------
    Hochreiter, S., Schmidhuber, J. (1997). Long short-term memory. Neural Computation 9,
    1735-1780.

    Chapter: 05_lstm
    """

    USUAL: ClassVar[dict[str, Any]] = RecurrentCell.USUAL | {
        "peephole": False,
        "coupled": False,
        "layer_norm": False,
    }

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        peephole: bool = False,
        coupled: bool = False,
        layer_norm: bool = False,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        options = {"peephole": peephole, "coupled": coupled, "layer_norm": layer_norm}
        super().__init__(input_size, hidden_size, bias, device, dtype, **options)


class LSTM(_Step, Recurrent[State]):
    r"""An LSTM over whole sequences; without options it interchanges with `torch.nn.LSTM`.

    .. math::
        i_t &= \sigma(W_{ii} x_t + b_{ii} + W_{hi} h_{t-1} + b_{hi}) \\
        f_t &= \sigma(W_{if} x_t + b_{if} + W_{hf} h_{t-1} + b_{hf}) \\
        g_t &= \tanh(W_{ig} x_t + b_{ig} + W_{hg} h_{t-1} + b_{hg}) \\
        o_t &= \sigma(W_{io} x_t + b_{io} + W_{ho} h_{t-1} + b_{ho}) \\
        c_t &= f_t \odot c_{t-1} + i_t \odot g_t \\
        h_t &= o_t \odot \tanh(c_t)

    Layers, directions, lengths and packed inputs are as in `RNN`; the state is the tuple (h, c).
    Every weight starts uniform in :math:`\pm 1 / \sqrt{H}`, drawn in torch's order, so the same
    seed gives the same weights as torch.

    With `peephole`, the gates see the cell, each unit its own: the input and the forget gate see
    the last one, the output gate the new one. The vectors `weight_ci`, `weight_cf` and
    `weight_co` have H numbers each:

    .. math::
        i_t = \sigma(\dots + w_{ci} \odot c_{t-1}), \quad
        f_t = \sigma(\dots + w_{cf} \odot c_{t-1}), \quad
        o_t = \sigma(\dots + w_{co} \odot c_t)

    With `coupled`, the input gate is what the forget gate leaves. The weights then have the three
    blocks f, g and o, and there is no `weight_ci`:

    .. math:: i_t = 1 - f_t, \qquad c_t = f_t \odot c_{t-1} + (1 - f_t) \odot g_t

    With `layer_norm`, three things are normalised over the features of each example, where the
    paper has them: the two products, each over all its blocks at once, before they are added; and
    the cell before the last tanh, while the cell that is carried stays as it is. The biases of
    the layer are the shifts of the first two norms, `gain_ih`, `gain_hh`, `gain_c` (start: 1) and
    `bias_c` (start: 0) the other scales and shifts:

    .. math::
        a_t &= \mathrm{LN}(W_{ih} x_t; \gamma_{ih}, b_{ih})
        + \mathrm{LN}(W_{hh} h_{t-1}; \gamma_{hh}, b_{hh}) \\
        h_t &= o_t \odot \tanh\left(\mathrm{LN}(c_t; \gamma_c, b_c)\right)

    With `fast`, the loop and its backward pass are written by hand (see `_Fast`). The values and
    the gradients are the same; second derivatives (``create_graph=True``) raise a RuntimeError,
    and the three options exclude it.

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
    peephole : bool
        Whether the gates see the cell.
    coupled : bool
        Whether the input gate is 1 - f.
    layer_norm : bool
        Whether the pre-activations and the cell's way out are normalised.
    fast : bool
        Whether the backward pass is the hand-written one.
    device, dtype : optional
        Where and how the weights are kept.

    Raises
    ------
    ValueError
        If a size is not above 0, `dropout` lies outside [0, 1] or has no second layer to act
        before, or `fast` is asked for together with another option.

    References
    ----------
    Hochreiter, S., Schmidhuber, J. (1997). Long short-term memory. Neural Computation 9,
    1735-1780.
    Gers, F. A., Schmidhuber, J. (2000). Recurrent nets that time and count. IJCNN, 189-194.
    Greff, K. et al. (2017). LSTM: a search space odyssey. IEEE Transactions on Neural Networks
    and Learning Systems 28, 2222-2232.
    Ba, J. L., Kiros, J. R., Hinton, G. E. (2016). Layer normalization. arXiv:1607.06450.

    Chapter: 05_lstm
    """

    USUAL: ClassVar[dict[str, Any]] = Recurrent.USUAL | {
        "peephole": False,
        "coupled": False,
        "layer_norm": False,
        "fast": False,
    }

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
        peephole: bool = False,
        coupled: bool = False,
        layer_norm: bool = False,
        fast: bool = False,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        options = {"peephole": peephole, "coupled": coupled, "layer_norm": layer_norm}
        if fast and any(options.values()):
            asked = ", ".join(key for key, value in options.items() if value)
            raise ValueError(f"fast: expected False together with {asked}, got {fast!r}")
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
            **options,
        )

    def _read(
        self, x: Tensor, state: tuple[Tensor, ...], name: str, live: Tensor | None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        if not self.fast:
            return super()._read(x, state, name, live)
        weight_ih, weight_hh = self._weight("weight_ih", name), self._weight("weight_hh", name)
        bias = None
        if self.bias:
            bias = self._weight("bias_ih", name) + self._weight("bias_hh", name)
        back = name.endswith("_reverse")
        lengths = None if live is None else live.sum(dim=1)  # (B,)
        x, h, c = (part.to(weight_ih.dtype) for part in (x, *state))  # autocast may differ
        if back:  # to read from the end is to read the turned sequence from its start
            x = turned(x, live)
        output, h, c = _Fast.apply(  # type: ignore[no-untyped-call]
            x.transpose(0, 1), h, c, weight_ih, weight_hh, bias, lengths
        )
        output = output.transpose(0, 1)  # (B, T, H)
        if live is not None:
            output = output.masked_fill(~live.unsqueeze(-1), 0)
        return turned(output, live) if back else output, (h, c)


class _Fast(torch.autograd.Function):
    r"""One layer of an LSTM in one direction, with its backward pass by hand.

    Autograd records each small operation of the loop, a dozen per step, each with tensors of its
    own, and adds up the gradient of W_hh step by step. This function is one record for the whole
    loop. It does the same arithmetic with less ado, in four ways:

    1. What needs no state is one product: :math:`W_{ih} x_t` for all t before the loop; and, after
       the loop that goes back, the gradients of both matrices, of the bias and of the inputs.
    2. Time is the first axis inside, (T, B, 4 H), so that each step is a contiguous slice.
    3. The loop allocates nothing: it adds the product of the state to the slice that holds the
       product of the input, and applies the gates in place. What is left in the buffers is what
       the backward pass needs: the gates, the cells, their tanh, the states.
    4. The backward loop needs one product per step, :math:`W_{hh}^\top \delta_t`.

    The equations are those of `lstm_forward` and `lstm_backward`. With `lengths`, the loop runs on
    past an example's end; nobody reads what it computes there, so no gradient comes from there,
    and the derivatives by the final state enter at the example's last step. A second derivative
    would need a record of the backward loop, and there is none: asking for one raises.
    """

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        h: Tensor,
        c: Tensor,
        weight_ih: Tensor,
        weight_hh: Tensor,
        bias: Tensor | None,
        lengths: Tensor | None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Run (T, B, D), (B, H), (B, H) to (T, B, H) and the final (B, H), (B, H)."""
        steps, (batch, hidden) = len(x), h.shape
        x = x.flatten(0, 1)  # (T * B, D)
        states, cells = h.new_empty(2, steps + 1, batch, hidden)
        tanhs = h.new_empty(steps, batch, hidden)
        states[0], cells[0] = h, c
        with torch.autocast(x.device.type, enabled=False):
            # W_ih x_t + b_ih + b_hh, for all t at once
            by_x = nn.functional.linear(x, weight_ih, bias).view(steps, batch, 4 * hidden)
            recurrent = weight_hh.t()
            i, f, g, o = (block.unbind() for block in by_x.chunk(4, dim=2))  # T times (B, H)
            both = by_x[..., : 2 * hidden].unbind()  # i and f side by side
            h_all, c_all = states.unbind(), cells.unbind()
            for t, (a, tanh) in enumerate(zip(by_x.unbind(), tanhs.unbind(), strict=True)):
                # a_t = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh
                a.addmm_(h_all[t], recurrent)
                both[t].sigmoid_()
                g[t].tanh_()
                o[t].sigmoid_()
                # c_t = f_t c_{t-1} + i_t g_t
                torch.mul(f[t], c_all[t], out=c_all[t + 1]).addcmul_(i[t], g[t])
                # h_t = o_t tanh(c_t)
                torch.mul(o[t], torch.tanh(c_all[t + 1], out=tanh), out=h_all[t + 1])
        ctx.save_for_backward(x, weight_ih, weight_hh, by_x, states, cells, tanhs, lengths)
        ctx.bias = bias is not None
        if lengths is None:
            return states[1:], h_all[-1].clone(), c_all[-1].clone()
        rows = torch.arange(batch, device=x.device)
        return states[1:], states[lengths, rows], cells[lengths, rows]

    @staticmethod
    def backward(ctx: Any, doutput: Tensor, dh: Tensor, dc: Tensor) -> tuple[Tensor | None, ...]:
        """Send the errors back; the gradients of the weights come from one product each."""
        if torch.is_grad_enabled():  # with create_graph=True: the loop below records nothing
            raise RuntimeError("fast: expected no second derivatives, got create_graph=True")
        x, weight_ih, weight_hh, gates, states, cells, tanhs, lengths = ctx.saved_tensors
        steps, batch, hidden = tanhs.shape
        deltas = torch.empty_like(gates)  # (T, B, 4 H)
        one, slope = gates.new_ones(()), torch.empty_like(dh)
        ends: dict[int, Tensor] = {}  # the examples that end at a step
        if lengths is None:
            dh, dc = dh.clone(), dc.clone()
        else:
            last = (lengths - 1).unique().tolist()
            ends = {t: (lengths == t + 1).unsqueeze(1).to(dh.dtype) for t in last}
            dh_final, dc_final = dh, dc
            dh, dc = torch.zeros_like(dh), torch.zeros_like(dc)
        i, f, g, o = (block.unbind() for block in gates.chunk(4, dim=2))
        d_i, d_f, d_g, d_o = (block.unbind() for block in deltas.chunk(4, dim=2))
        by_c = deltas[..., : 3 * hidden].view(steps, batch, 3, hidden).unbind()  # T times (B, 3, H)
        parts = zip(gates.unbind(), deltas.unbind(), tanhs.unbind(), strict=True)
        for t, (gate, delta, tanh) in reversed(list(enumerate(parts))):
            if t in ends:
                dh.addcmul_(ends[t], dh_final)
                dc.addcmul_(ends[t], dc_final)
            # dL/dh_t: from the output of this step and from the step after it
            dh += doutput[t]
            # dL/dc_t = f_{t+1} dL/dc_{t+1} + o_t (1 - tanh^2 c_t) dL/dh_t
            torch.addcmul(one, tanh, tanh, value=-1, out=slope).mul_(o[t])
            dc.addcmul_(slope, dh)
            # y (1 - y) for the three gates, 1 - y^2 for the candidate
            torch.addcmul(gate, gate, gate, value=-1, out=delta)
            torch.addcmul(one, g[t], g[t], value=-1, out=d_g[t])
            # delta^i = i (1 - i) g dL/dc, delta^f = f (1 - f) c_{t-1} dL/dc,
            # delta^g = (1 - g^2) i dL/dc, delta^o = o (1 - o) tanh(c) dL/dh
            d_i[t].mul_(g[t])
            d_f[t].mul_(cells[t])
            d_g[t].mul_(i[t])
            by_c[t].mul_(dc.unsqueeze(1))
            d_o[t].mul_(tanh).mul_(dh)
            # what reaches h_{t-1} and c_{t-1}: W_hh^T delta_t and f_t dL/dc_t
            torch.mm(delta, weight_hh, out=dh)
            dc.mul_(f[t])
        # dL/dx_t = W_ih^T delta_t, dL/dW_ih = sum_t delta_t x_t^T,
        # dL/dW_hh = sum_t delta_t h_{t-1}^T, dL/db = sum_t delta_t
        deltas, before = deltas.flatten(0, 1), states[:-1].flatten(0, 1)  # (T * B, 4 H), (T * B, H)
        needs = ctx.needs_input_grad
        with torch.autocast(deltas.device.type, enabled=False):
            return (
                (deltas @ weight_ih).view(steps, batch, weight_ih.shape[1]) if needs[0] else None,
                dh,
                dc,
                deltas.t() @ x if needs[3] else None,
                deltas.t() @ before if needs[4] else None,
                deltas.sum(dim=0) if ctx.bias else None,
                None,
            )


def set_forget_bias(module: nn.Module, value: float | Tensor) -> None:
    r"""Let every forget gate of an LSTM start from a bias of its own.

    .. math:: b_{if} = v, \qquad b_{hf} = 0, \qquad
              f_t = \sigma(W_{if} x_t + W_{hf} h_{t-1} + v)

    The two biases of torch's layout are added, so one of them is set to 0; all layers and
    directions are set. At 0 input and state a cell then keeps :math:`\sigma(v)` of its value per
    step: half of it for v = 0, 0.73 for v = 1, and 1 - 1/T for v = log(T - 1).

    Parameters
    ----------
    module : LSTM, LSTMCell, nn.LSTM or nn.LSTMCell
        Changed in place.
    value : float, or Tensor of shape (H,)
        The bias, for all units or for each.

    Raises
    ------
    TypeError
        If the module is no LSTM.
    ValueError
        If it has no biases, or `value` does not have H entries.

    References
    ----------
    Jozefowicz, R., Zaremba, W., Sutskever, I. (2015). An empirical exploration of recurrent
    network architectures. ICML, 2342-2350.
    Tallec, C., Ollivier, Y. (2018). Can recurrent neural networks warp time? ICLR.

    Chapter: 05_lstm
    """
    if not isinstance(module, LSTM | LSTMCell | nn.LSTM | nn.LSTMCell):
        raise TypeError(f"module: expected an LSTM or an LSTMCell, got {type(module).__name__}")
    if not module.bias:
        raise ValueError("module: expected biases, got an LSTM with bias=False")
    hidden = module.hidden_size
    if isinstance(value, Tensor) and value.ndim > 0:
        expect_shape("value", value, "H", H=hidden)
    first = 0 if getattr(module, "coupled", False) else hidden  # the forget gate's first row
    with torch.no_grad():
        for key, bias in module.named_parameters():
            if key.startswith("bias_ih"):
                bias[first : first + hidden] = value
            elif key.startswith("bias_hh"):
                bias[first : first + hidden] = 0


def gates(
    module: LSTM | nn.LSTM, x: Tensor, state: State | None = None, layer: int = 0
) -> dict[str, Tensor]:
    r"""Read the sequences and return what the gates and the cell of one layer did at every step.

    .. math:: c_t = f_t \odot c_{t-1} + i_t \odot g_t, \qquad h_t = o_t \odot \tanh(c_t)

    There is no dropout between the layers, as in evaluation.

    Parameters
    ----------
    module : LSTM or nn.LSTM
        In one direction, with the batch first.
    x : Tensor, shape (B, T, D)
        The inputs.
    state : tuple of two Tensors, shape (L, B, H), optional
        The states (h, c) before the first step; 0 where left out.
    layer : int
        The layer to look into, from 0.

    Returns
    -------
    dict of Tensor, each of shape (B, T, H)
        ``"i"``, ``"f"``, ``"g"``, ``"o"``, ``"c"`` and ``"h"``.

    Raises
    ------
    ValueError
        If the module reads in two directions, wants the time axis first or projects its states,
        there is no such layer, T is 0, or a shape or a device does not fit.
    TypeError
        If the module is no LSTM, a dtype does not fit, or the state is no tuple.

    References
    ----------
    Karpathy, A., Johnson, J., Fei-Fei, L. (2015). Visualizing and understanding recurrent
    networks. arXiv:1506.02078.

    Chapter: 05_lstm
    """
    sizes = expect_look(module, (LSTM, nn.LSTM), x, layer)
    ours = module if isinstance(module, LSTM) else _of_torch(module)
    letters = f"{ours.num_layers} B H"
    first = ours._states(state, ours.weight_hh_l0, letters, B=sizes["B"], H=ours.hidden_size)
    values: tuple[Tensor, ...] = (x,)
    for index in range(layer + 1):
        name, steps = f"_l{index}", []
        now = tuple(part[index] for part in first)
        for inputs in ours._inputs(values[0], name).unbind(1):
            step = ours._gates(inputs, now, name)
            now = step[:2]
            steps.append(step)
        values = tuple(torch.stack(part, dim=1) for part in zip(*steps, strict=True))
    h, c, i, f, g, o = values
    return {"i": i, "f": f, "g": g, "o": o, "c": c, "h": h}


def _of_torch(theirs: nn.LSTM) -> LSTM:
    """Return our layer around torch's own weights: the same parameters, not copies."""
    if theirs.proj_size:
        raise ValueError(f"module: expected proj_size 0, got {theirs.proj_size}")
    ours = LSTM(
        theirs.input_size, theirs.hidden_size, theirs.num_layers, theirs.bias, device="meta"
    )
    for key, parameter in theirs.named_parameters():
        setattr(ours, key, parameter)
    return ours


def _step_numpy(
    x: Array,
    h: Array,
    c: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array | None,
    bias_hh: Array | None,
) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Return h_t, c_t, i_t, f_t, g_t and o_t, each (B, H)."""
    # a_t = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh
    a = x @ weight_ih.T + h @ weight_hh.T  # (B, 4 H)
    for bias in (bias_ih, bias_hh):
        if bias is not None:
            a = a + bias
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)  # (B, H) each
    # i_t = sigmoid(a^i_t), f_t = sigmoid(a^f_t), g_t = tanh(a^g_t), o_t = sigmoid(a^o_t)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    # c_t = f_t c_{t-1} + i_t g_t
    c = f * c + i * g
    # h_t = o_t tanh(c_t)
    return o * np.tanh(c), c, i, f, g, o


def _expect_state(name: str, state: Any, sizes: dict[str, int]) -> tuple[Array, Array]:
    """Return the two parts of the state (h, c), or say what is wrong with it."""
    if not isinstance(state, tuple) or len(state) != 2:
        came = f"a tuple of {len(state)}" if isinstance(state, tuple) else type(state).__name__
        raise TypeError(f"{name}: expected a tuple (h, c), got {came}")
    whose = "the state" if name == "state" else name
    for part, values in zip("hc", state, strict=True):
        expect_shape(f"{part} of {whose}", values, "B H", B=sizes["B"], H=sizes["H"])
    return cast(tuple[Array, Array], state)
