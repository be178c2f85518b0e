"""The vanilla RNN: one step and one sequence in NumPy, a cell and a layer in torch."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnn_utils._errors import expect_one_of, expect_positive, expect_shape

__all__ = ["RNN", "RNNCell", "count_parameters", "rnn_sequence", "rnn_step"]

Array = npt.NDArray[Any]

NONLINEARITIES: dict[str, Callable[[Tensor], Tensor]] = {"tanh": torch.tanh, "relu": torch.relu}


def rnn_step(
    x: Array,
    state: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array | None = None,
    bias_hh: Array | None = None,
    nonlinearity: str = "tanh",
) -> Array:
    r"""Compute the next state of a vanilla RNN from one input and the last state.

    .. math:: h_t = f\left(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh}\right)

    Complex arrays pass through, so that a complex step differentiates it.

    Parameters
    ----------
    x : array, shape (B, D)
        The inputs of this step, one row per example.
    state : array, shape (B, H)
        The last states, :math:`h_{t-1}`.
    weight_ih : array, shape (H, D)
        The map from the input.
    weight_hh : array, shape (H, H)
        The map from the last state.
    bias_ih, bias_hh : array, shape (H,), optional
        The biases; 0 where left out.
    nonlinearity : {"tanh", "relu"}
        The function f, applied to each unit.

    Returns
    -------
    array, shape (B, H)
        The new states, :math:`h_t`.

    Raises
    ------
    ValueError
        If a shape does not fit, or `nonlinearity` is another word.
    TypeError
        If an array does not hold floating-point (or complex) numbers.

    References
    ----------
    Elman, J. L. (1990). Finding structure in time. Cognitive Science 14, 179-211.

    Chapter: 02_rnn
    """
    sizes = expect_shape("weight_ih", weight_ih, "H D")
    expect_shape("weight_hh", weight_hh, "H H", H=sizes["H"])
    sizes = expect_shape("x", x, "B D", **sizes)
    expect_shape("state", state, "B H", **sizes)
    for name, bias in (("bias_ih", bias_ih), ("bias_hh", bias_hh)):
        if bias is not None:
            expect_shape(name, bias, "H", H=sizes["H"])
    _expect_numbers(x=x, state=state, weight_ih=weight_ih, weight_hh=weight_hh)
    expect_one_of("nonlinearity", nonlinearity, ("tanh", "relu"))
    # a_t = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh
    a = x @ weight_ih.T + state @ weight_hh.T  # (B, H)
    for bias in (bias_ih, bias_hh):
        if bias is not None:
            a = a + bias
    # h_t = f(a_t)
    return np.tanh(a) if nonlinearity == "tanh" else np.where(a.real <= 0, 0, a)


def rnn_sequence(
    x: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias_ih: Array | None = None,
    bias_hh: Array | None = None,
    state: Array | None = None,
    nonlinearity: str = "tanh",
) -> tuple[Array, Array]:
    r"""Read whole sequences with a vanilla RNN, one step after the other.

    .. math:: h_t = f\left(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh}\right),
              \qquad t = 1, \dots, T

    Parameters
    ----------
    x : array, shape (B, T, D)
        The inputs; T may be any length, 0 included.
    weight_ih : array, shape (H, D)
        The map from the input.
    weight_hh : array, shape (H, H)
        The map from the last state.
    bias_ih, bias_hh : array, shape (H,), optional
        The biases; 0 where left out.
    state : array, shape (B, H), optional
        The state before the first step, :math:`h_0`; 0 where left out.
    nonlinearity : {"tanh", "relu"}
        The function f, applied to each unit.

    Returns
    -------
    output : array, shape (B, T, H)
        The states of all steps.
    state : array, shape (B, H)
        The state after the last step.

    Raises
    ------
    ValueError
        If a shape does not fit, or `nonlinearity` is another word.
    TypeError
        If an array does not hold floating-point (or complex) numbers.

    References
    ----------
    Elman, J. L. (1990). Finding structure in time. Cognitive Science 14, 179-211.

    Chapter: 02_rnn
    """
    sizes = expect_shape("weight_ih", weight_ih, "H D")
    sizes = expect_shape("x", x, "B T D", D=sizes["D"], H=sizes["H"])
    if state is None:
        dtype = np.result_type(x, weight_ih, weight_hh)
        state = np.zeros((sizes["B"], sizes["H"]), dtype=dtype)  # h_0 = 0
    expect_shape("state", state, "B H", B=sizes["B"], H=sizes["H"])
    states = []
    for t in range(sizes["T"]):
        state = rnn_step(x[:, t], state, weight_ih, weight_hh, bias_ih, bias_hh, nonlinearity)
        states.append(state)
    empty = np.zeros((sizes["B"], 0, sizes["H"]), dtype=state.dtype)
    return np.stack(states, axis=1) if states else empty, state  # (B, T, H), (B, H)


class RNNCell(nn.Module):
    r"""One step of a vanilla RNN; its weights interchange with `torch.nn.RNNCell`.

    .. math:: h_t = f\left(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh}\right)

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
    nonlinearity : {"tanh", "relu"}
        The function f, applied to each unit.
    device, dtype : optional
        Where and how the weights are kept.

    Raises
    ------
    ValueError
        If a size is not above 0, or `nonlinearity` is another word.

    References
    ----------
    Elman, J. L. (1990). Finding structure in time. Cognitive Science 14, 179-211.

    Chapter: 02_rnn
    """

    weight_ih: Tensor
    weight_hh: Tensor
    bias_ih: Tensor | None
    bias_hh: Tensor | None

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        expect_positive("input_size", input_size)
        expect_positive("hidden_size", hidden_size)
        expect_one_of("nonlinearity", nonlinearity, NONLINEARITIES)
        self.input_size, self.hidden_size = input_size, hidden_size
        self.bias, self.nonlinearity = bias, nonlinearity
        _add_weights(self, "", input_size, hidden_size, bias, device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw every weight anew, uniform in :math:`\pm 1 / \sqrt{H}`."""
        _draw(self, self.hidden_size)

    def extra_repr(self) -> str:
        """Return what `repr` shows between the brackets."""
        return _describe(self)

    def forward(self, x: Tensor, state: Tensor | None = None) -> Tensor:
        """Return the next state.

        Parameters
        ----------
        x : Tensor, shape (B, D)
            The inputs of this step.
        state : Tensor, shape (B, H), optional
            The last states; 0 where left out.

        Returns
        -------
        Tensor, shape (B, H)
            The new states.

        Raises
        ------
        ValueError
            If a shape or a device does not fit the weights.
        TypeError
            If a dtype does not fit the weights.
        """
        sizes = expect_shape("x", x, "B D", D=self.input_size)
        _expect_alike("x", x, self.weight_ih)
        if state is None:
            state = self.weight_hh.new_zeros(sizes["B"], self.hidden_size)
        expect_shape("state", state, "B H", B=sizes["B"], H=self.hidden_size)
        _expect_alike("state", state, self.weight_ih)
        # a_t = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh
        a = nn.functional.linear(x, self.weight_ih, self.bias_ih) + nn.functional.linear(
            state, self.weight_hh, self.bias_hh
        )  # (B, H)
        # h_t = f(a_t)
        return NONLINEARITIES[self.nonlinearity](a)


class RNN(nn.Module):
    r"""A vanilla RNN over whole sequences; its weights interchange with `torch.nn.RNN`.

    .. math:: h_t = f\left(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh}\right)

    The loop over time is written out. Layer l + 1 reads the states of layer l; with
    `bidirectional`, a second set of weights reads each sequence from its own end, and the two
    states stand side by side. Every weight starts uniform in :math:`\pm 1 / \sqrt{H}`, drawn in
    torch's order, so the same seed gives the same weights as torch.

    Parameters
    ----------
    input_size : int
        D, the features of an input.
    hidden_size : int
        H, the features of the state of one layer in one direction.
    num_layers : int
        L, the layers, each with weights of its own.
    nonlinearity : {"tanh", "relu"}
        The function f, applied to each unit.
    bias : bool
        Whether there are biases.
    dropout : float
        The share of the states that is set to 0 between layers while training.
    bidirectional : bool
        Whether a second direction reads from the end.
    device, dtype : optional
        Where and how the weights are kept.

    Raises
    ------
    ValueError
        If a size is not above 0, `nonlinearity` is another word, or `dropout` lies outside
        [0, 1] or has no second layer to act before.

    References
    ----------
    Elman, J. L. (1990). Finding structure in time. Cognitive Science 14, 179-211.
    Schuster, M., Paliwal, K. K. (1997). Bidirectional recurrent neural networks. IEEE
    Transactions on Signal Processing 45, 2673-2681.

    Chapter: 02_rnn
    """

    weight_ih_l0: Tensor
    weight_hh_l0: Tensor

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        expect_positive("input_size", input_size)
        expect_positive("hidden_size", hidden_size)
        expect_positive("num_layers", num_layers)
        expect_one_of("nonlinearity", nonlinearity, NONLINEARITIES)
        if not 0 <= dropout <= 1:
            raise ValueError(f"dropout: expected a share from 0 to 1, got {dropout}")
        if dropout > 0 and num_layers == 1:
            raise ValueError(
                f"dropout: expected 0 with one layer, for it acts between layers, got {dropout}"
            )
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.nonlinearity, self.bias = nonlinearity, bias
        self.dropout, self.bidirectional = dropout, bidirectional
        self.suffixes = ("", "_reverse") if bidirectional else ("",)  # one per direction
        for layer in range(num_layers):
            features = input_size if layer == 0 else hidden_size * len(self.suffixes)
            for suffix in self.suffixes:
                name = f"_l{layer}{suffix}"
                _add_weights(self, name, features, hidden_size, bias, device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw every weight anew, uniform in :math:`\pm 1 / \sqrt{H}`."""
        _draw(self, self.hidden_size)

    def extra_repr(self) -> str:
        """Return what `repr` shows between the brackets."""
        return _describe(self)

    @overload
    def forward(
        self, x: Tensor, state: Tensor | None = None, lengths: Tensor | Sequence[int] | None = None
    ) -> tuple[Tensor, Tensor]: ...

    @overload
    def forward(
        self, x: PackedSequence, state: Tensor | None = None, lengths: None = None
    ) -> tuple[PackedSequence, Tensor]: ...

    def forward(
        self,
        x: Tensor | PackedSequence,
        state: Tensor | None = None,
        lengths: Tensor | Sequence[int] | None = None,
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        """Read the sequences and return all states of the last layer and the final states.

        With `lengths`, or a packed input, nothing past an example's end is read: its outputs
        there are 0, its final state is that of its last step, and the reverse direction starts
        at that step.

        Parameters
        ----------
        x : Tensor, shape (B, T, D), or PackedSequence
            The inputs.
        state : Tensor, shape (L * directions, B, H), optional
            The states before the first step, in torch's order; 0 where left out.
        lengths : integers, shape (B,), optional
            The number of steps of each example, from 1 to T, in any order.

        Returns
        -------
        output : Tensor, shape (B, T, directions * H), or PackedSequence
            The states of the last layer at all steps, packed as the input was.
        state : Tensor, shape (L * directions, B, H)
            The final states of every layer and direction.

        Raises
        ------
        ValueError
            If a shape or a device does not fit, T is 0, or a length lies outside 1 to T.
        TypeError
            If a dtype does not fit the weights, or the lengths are not integers.
        """
        if isinstance(x, PackedSequence):
            if lengths is not None:
                raise ValueError("lengths: expected None, for a packed x holds its own lengths")
            return self._forward_packed(x, state)
        sizes = expect_shape("x", x, "B T D", D=self.input_size)
        _expect_alike("x", x, self.weight_ih_l0)
        batch, steps = sizes["B"], sizes["T"]
        if steps == 0:
            raise ValueError(f"x: expected shape (B, T, D) with T above 0, got {tuple(x.shape)}")
        count = self.num_layers * len(self.suffixes)
        if state is None:
            state = self.weight_hh_l0.new_zeros(count, batch, self.hidden_size)
        letters = f"{count} B H"
        expect_shape("state", state, letters, B=batch, H=self.hidden_size)
        _expect_alike("state", state, self.weight_ih_l0)
        live = None if lengths is None else _live(lengths, batch, steps, x.device)  # (B, T)
        if live is not None:
            x = x.masked_fill(~live.unsqueeze(-1), 0)  # padding may hold anything, NaN included

        finals: list[Tensor] = []
        for layer in range(self.num_layers):
            if layer > 0:
                x = nn.functional.dropout(x, self.dropout, self.training)
            outputs = []
            for suffix in self.suffixes:
                output, final = self._read(x, state[len(finals)], f"_l{layer}{suffix}", live)
                outputs.append(output)
                finals.append(final)
            x = torch.cat(outputs, dim=-1)  # (B, T, directions * H)
        return x, torch.stack(finals)  # (B, T, directions * H), (L * directions, B, H)

    def _read(
        self, x: Tensor, state: Tensor, name: str, live: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Run one layer in one direction: (B, T, D), (B, H) to (B, T, H), (B, H)."""
        weight_ih, weight_hh = getattr(self, f"weight_ih{name}"), getattr(self, f"weight_hh{name}")
        bias_ih = getattr(self, f"bias_ih{name}") if self.bias else None
        bias_hh = getattr(self, f"bias_hh{name}") if self.bias else None
        f = NONLINEARITIES[self.nonlinearity]
        order = range(x.shape[1])
        # W_ih x_t + b_ih, for all t at once: this part does not wait for the state
        inputs = nn.functional.linear(x, weight_ih, bias_ih).unbind(1)  # T times (B, H)
        states: dict[int, Tensor] = {}
        for t in reversed(order) if name.endswith("_reverse") else order:
            # h_t = f(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)
            new = f(inputs[t] + nn.functional.linear(state, weight_hh, bias_hh))  # (B, H)
            if live is None:
                states[t] = state = new
            else:
                # past an example's end its state stays as it is, and its output is 0
                here = live[:, t : t + 1]  # (B, 1)
                state = torch.where(here, new, state)
                states[t] = new.masked_fill(~here, 0)
        return torch.stack([states[t] for t in order], dim=1), state

    def _forward_packed(
        self, packed: PackedSequence, state: Tensor | None
    ) -> tuple[PackedSequence, Tensor]:
        """Unpack in the order that the examples had, read, and pack again as they were."""
        x, lengths = pad_packed_sequence(packed, batch_first=True)
        output, state = self.forward(x, state, lengths)
        order = packed.sorted_indices
        if order is not None:
            output, lengths = output[order], lengths[order.cpu()]
        data = pack_padded_sequence(output, lengths, batch_first=True).data
        return (
            PackedSequence(data, packed.batch_sizes, order, packed.unsorted_indices),
            state,
        )


def count_parameters(module: nn.Module) -> int:
    r"""Count the numbers that training may change; a shared tensor counts once.

    One layer and direction of a vanilla RNN has

    .. math:: H D + H^2 + 2 H

    of them, whatever the number of steps.

    Parameters
    ----------
    module : Module
        Any torch module.

    Returns
    -------
    int
        The number of entries in all parameters that require a gradient.

    References
    ----------
    Elman, J. L. (1990). Finding structure in time. Cognitive Science 14, 179-211.

    Chapter: 02_rnn
    """
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)


def _add_weights(
    module: nn.Module,
    name: str,
    input_size: int,
    hidden_size: int,
    bias: bool,
    device: torch.device | str | None,
    dtype: torch.dtype | None,
) -> None:
    """Register the two matrices and the two biases of one layer and direction."""
    shapes = {"weight_ih": (hidden_size, input_size), "weight_hh": (hidden_size, hidden_size)}
    for key, shape in shapes.items():
        weight = torch.empty(shape, device=device, dtype=dtype)
        module.register_parameter(f"{key}{name}", nn.Parameter(weight))
    for key in ("bias_ih", "bias_hh"):
        values = torch.empty(hidden_size, device=device, dtype=dtype)
        module.register_parameter(f"{key}{name}", nn.Parameter(values) if bias else None)


def _draw(module: nn.Module, hidden_size: int) -> None:
    """Draw every parameter uniform in +-1 / sqrt(H)."""
    bound = 1 / math.sqrt(hidden_size)
    for parameter in module.parameters():
        nn.init.uniform_(parameter, -bound, bound)


def _describe(module: nn.Module) -> str:
    """Name the sizes, and every option that is not as it comes."""
    usual = {"num_layers": 1, "nonlinearity": "tanh", "bias": True}
    usual |= {"dropout": 0.0, "bidirectional": False}
    changed = [
        f"{key}={getattr(module, key)!r}"
        for key, value in usual.items()
        if getattr(module, key, value) != value
    ]
    return ", ".join([str(module.input_size), str(module.hidden_size), *changed])


def _expect_numbers(**arrays: Array) -> None:
    """Raise a TypeError that names the first array without floating-point numbers."""
    for name, array in arrays.items():
        if array.dtype.kind not in "fc":
            raise TypeError(f"{name}: expected floating-point numbers, got dtype {array.dtype}")


def _expect_alike(name: str, tensor: Tensor, weight: Tensor) -> None:
    """Raise unless `tensor` lives where the weights live and has their dtype."""
    if tensor.device != weight.device:
        raise ValueError(
            f"{name}: expected device {weight.device}, as the weights, got {tensor.device}"
        )
    if tensor.dtype != weight.dtype and not torch.is_autocast_enabled(tensor.device.type):
        raise TypeError(
            f"{name}: expected dtype {weight.dtype}, as the weights, got {tensor.dtype}"
        )


def _live(lengths: Tensor | Sequence[int], batch: int, steps: int, device: torch.device) -> Tensor:
    """Return the mask (B, T) of the steps that belong to an example."""
    counts = torch.as_tensor(lengths)
    if counts.dtype == torch.bool or counts.is_floating_point() or counts.is_complex():
        raise TypeError(f"lengths: expected integers, got dtype {counts.dtype}")
    expect_shape("lengths", counts, "B", B=batch)
    for index, length in enumerate(counts.tolist()):
        if not 1 <= length <= steps:
            raise ValueError(
                f"lengths: expected numbers from 1 to T = {steps}, got {length} at {index}"
            )
    return torch.arange(steps, device=device) < counts.to(device).unsqueeze(1)  # (B, T)
