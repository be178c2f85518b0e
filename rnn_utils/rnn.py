"""The vanilla RNN: one step and one sequence in NumPy, a cell and a layer in torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from rnn_utils._arrays import expect_numbers
from rnn_utils._errors import expect_one_of, expect_shape
from rnn_utils.recurrent import Recurrence, Recurrent, RecurrentCell

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
    expect_numbers(x=x, state=state, weight_ih=weight_ih, weight_hh=weight_hh)
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


class _Step(Recurrence[Tensor]):
    """The rule of the vanilla RNN, for the cell and for the layer."""

    nonlinearity: str

    def _step(self, inputs: Tensor, state: tuple[Tensor, ...], name: str) -> tuple[Tensor, ...]:
        f = NONLINEARITIES[self.nonlinearity]
        # h_t = f(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)
        return (f(inputs + self._hidden(state[0], name)),)  # (B, H)


class RNNCell(_Step, RecurrentCell[Tensor]):
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

    USUAL: ClassVar[dict[str, Any]] = {"bias": True, "nonlinearity": "tanh"}

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        expect_one_of("nonlinearity", nonlinearity, NONLINEARITIES)
        super().__init__(input_size, hidden_size, bias, device, dtype, nonlinearity=nonlinearity)


class RNN(_Step, Recurrent[Tensor]):
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

    USUAL: ClassVar[dict[str, Any]] = Recurrent.USUAL | {"nonlinearity": "tanh"}

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
        expect_one_of("nonlinearity", nonlinearity, NONLINEARITIES)
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias,
            dropout,
            bidirectional,
            device,
            dtype,
            nonlinearity=nonlinearity,
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
