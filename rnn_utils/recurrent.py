"""What all recurrent layers share: weights, layers, directions, lengths, packing, one loop."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar, cast, overload

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnn_utils._errors import expect_one_of, expect_positive, expect_shape, expect_share

__all__ = ["Recurrence", "Recurrent", "RecurrentCell"]

State = TypeVar("State", Tensor, tuple[Tensor, Tensor])  # h, or (h, c)


class Recurrence(nn.Module, Generic[State]):
    r"""The weights of a recurrence and its rule, which `RecurrentCell` and `Recurrent` apply.

    .. math:: s_t = F(s_{t-1}, x_t; \theta)

    A subclass says how many blocks of H rows the two matrices have, how many tensors the state
    has, and gives the rule, `_step`. Every weight starts uniform in :math:`\pm 1 / \sqrt{H}`,
    drawn in torch's order, so the same seed gives the same weights as torch.

    References
    ----------
    Elman, J. L. (1990). Finding structure in time. Cognitive Science 14, 179-211.

    Chapter: 02_rnn
    """

    GATES: ClassVar[int] = 1  # blocks of H rows in weight_ih and weight_hh
    PARTS: ClassVar[int] = 1  # tensors in the state: 1 for h, 2 for (h, c)
    USUAL: ClassVar[dict[str, Any]] = {"bias": True}  # options that `repr` leaves out as such

    input_size: int
    hidden_size: int
    bias: bool

    def _shapes(self, features: int) -> dict[str, tuple[int, ...]]:
        """Return the shape of each weight of one layer and direction, in torch's order."""
        rows = self.GATES * self.hidden_size
        shapes: dict[str, tuple[int, ...]] = {
            "weight_ih": (rows, features),
            "weight_hh": (rows, self.hidden_size),
        }
        return shapes | ({"bias_ih": (rows,), "bias_hh": (rows,)} if self.bias else {})

    def _inputs(self, x: Tensor, name: str) -> Tensor:
        """Return what the input brings, (..., D) to (..., GATES * H): it waits for no state."""
        # W_ih x_t + b_ih
        return nn.functional.linear(x, self._weight("weight_ih", name), self._bias("ih", name))

    def _step(self, inputs: Tensor, state: tuple[Tensor, ...], name: str) -> tuple[Tensor, ...]:
        """Return the next state from what the input brings, (B, GATES * H), and the last state."""
        raise NotImplementedError

    def _hidden(self, h: Tensor, name: str) -> Tensor:
        """Return what the last state brings, (B, H) to (B, GATES * H)."""
        # W_hh h_{t-1} + b_hh
        return nn.functional.linear(h, self._weight("weight_hh", name), self._bias("hh", name))

    def _weight(self, kind: str, name: str) -> Tensor:
        return cast(Tensor, getattr(self, f"{kind}{name}"))

    def _bias(self, side: str, name: str) -> Tensor | None:
        return self._weight(f"bias_{side}", name) if self.bias else None

    def _add_weights(
        self, name: str, features: int, device: torch.device | str | None, dtype: torch.dtype | None
    ) -> None:
        """Register the weights of one layer and direction."""
        for key, shape in self._shapes(features).items():
            weight = torch.empty(shape, device=device, dtype=dtype)
            self.register_parameter(f"{key}{name}", nn.Parameter(weight))
        if not self.bias:
            for key in ("bias_ih", "bias_hh"):
                self.register_parameter(f"{key}{name}", None)

    def reset_parameters(self) -> None:
        r"""Draw every weight anew, uniform in :math:`\pm 1 / \sqrt{H}`."""
        bound = 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def extra_repr(self) -> str:
        """Return what `repr` shows between the brackets."""
        changed: list[str] = [
            f"{key}={getattr(self, key)!r}"
            for key, value in self.USUAL.items()
            if getattr(self, key) != value
        ]
        return ", ".join([str(self.input_size), str(self.hidden_size), *changed])

    def _states(
        self, state: State | None, first: Tensor, letters: str, **sizes: int
    ) -> tuple[Tensor, ...]:
        """Return the tensors of the state, zeros where it was left out, or say what is wrong."""
        if state is None:
            shape = [int(axis) if axis.isdigit() else sizes[axis] for axis in letters.split()]
            return tuple(first.new_zeros(shape) for _ in range(self.PARTS))
        names: tuple[str, ...] = ("state",)
        parts: Any = (state,)
        if self.PARTS == 2:
            names, parts = ("h of the state", "c of the state"), state
            if not isinstance(state, tuple) or len(state) != 2:
                came = (
                    f"a tuple of {len(state)}" if isinstance(state, tuple) else type(state).__name__
                )
                raise TypeError(f"state: expected a tuple (h, c), got {came}")
        for name, part in zip(names, parts, strict=True):
            expect_shape(name, part, letters, **sizes)
            expect_alike(name, part, first)
        return tuple(parts)

    def _as_given(self, parts: Sequence[Tensor]) -> State:
        """Return the state as the caller knows it: h, or (h, c)."""
        return cast(State, parts[0] if self.PARTS == 1 else tuple(parts))


class RecurrentCell(Recurrence[State]):
    r"""One step of a recurrence; its weights have torch's names.

    .. math:: s_t = F(s_{t-1}, x_t; \theta)

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
    **options
        What the rule of a subclass wants to know.

    Raises
    ------
    ValueError
        If a size is not above 0.

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
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        expect_positive("input_size", input_size)
        expect_positive("hidden_size", hidden_size)
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        for key, value in options.items():
            setattr(self, key, value)
        self._add_weights("", input_size, device, dtype)
        self.reset_parameters()

    def forward(self, x: Tensor, state: State | None = None) -> State:
        """Return the next state.

        Parameters
        ----------
        x : Tensor, shape (B, D)
            The inputs of this step.
        state : Tensor, shape (B, H), or a tuple of two, optional
            The last states, h or (h, c); 0 where left out.

        Returns
        -------
        Tensor, shape (B, H), or a tuple of two
            The new states.

        Raises
        ------
        ValueError
            If a shape or a device does not fit the weights.
        TypeError
            If a dtype does not fit the weights, or the state is not what the cell carries.
        """
        sizes = expect_shape("x", x, "B D", D=self.input_size)
        expect_alike("x", x, self.weight_ih)
        parts = self._states(state, self.weight_hh, "B H", B=sizes["B"], H=self.hidden_size)
        return self._as_given(self._step(self._inputs(x, ""), parts, ""))


class Recurrent(Recurrence[State]):
    r"""A recurrence over whole sequences; its weights have torch's names.

    .. math:: s_t = F(s_{t-1}, x_t; \theta), \qquad t = 1, \dots, T

    The loop over time is written out. Layer l + 1 reads the states of layer l; with
    `bidirectional`, a second set of weights reads each sequence from its own end, and the two
    states stand side by side.

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
    device, dtype : optional
        Where and how the weights are kept.
    **options
        What the rule of a subclass wants to know.

    Raises
    ------
    ValueError
        If a size is not above 0, or `dropout` lies outside [0, 1] or has no second layer to act
        before.

    References
    ----------
    Schuster, M., Paliwal, K. K. (1997). Bidirectional recurrent neural networks. IEEE
    Transactions on Signal Processing 45, 2673-2681.

    Chapter: 02_rnn
    """

    USUAL: ClassVar[dict[str, Any]] = {
        "num_layers": 1,
        "bias": True,
        "dropout": 0.0,
        "bidirectional": False,
    }

    weight_ih_l0: Tensor
    weight_hh_l0: Tensor

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        expect_positive("input_size", input_size)
        expect_positive("hidden_size", hidden_size)
        expect_positive("num_layers", num_layers)
        expect_share("dropout", dropout)
        if dropout > 0 and num_layers == 1:
            raise ValueError(
                f"dropout: expected 0 with one layer, for it acts between layers, got {dropout}"
            )
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.dropout, self.bidirectional = bias, dropout, bidirectional
        for key, value in options.items():
            setattr(self, key, value)
        self.suffixes = ("", "_reverse") if bidirectional else ("",)  # one per direction
        for layer in range(num_layers):
            features = input_size if layer == 0 else hidden_size * len(self.suffixes)
            for suffix in self.suffixes:
                self._add_weights(f"_l{layer}{suffix}", features, device, dtype)
        self.reset_parameters()

    @overload
    def forward(
        self, x: Tensor, state: State | None = None, lengths: Tensor | Sequence[int] | None = None
    ) -> tuple[Tensor, State]: ...

    @overload
    def forward(
        self, x: PackedSequence, state: State | None = None, lengths: None = None
    ) -> tuple[PackedSequence, State]: ...

    def forward(
        self,
        x: Tensor | PackedSequence,
        state: State | None = None,
        lengths: Tensor | Sequence[int] | None = None,
    ) -> tuple[Tensor | PackedSequence, State]:
        """Read the sequences and return all states of the last layer and the final states.

        With `lengths`, or a packed input, nothing past an example's end is read: its outputs
        there are 0, its final state is that of its last step, and the reverse direction starts
        at that step.

        Parameters
        ----------
        x : Tensor, shape (B, T, D), or PackedSequence
            The inputs.
        state : Tensor, shape (L * directions, B, H), or a tuple of two, optional
            The states before the first step, h or (h, c), in torch's order; 0 where left out.
        lengths : integers, shape (B,), optional
            The number of steps of each example, from 1 to T, in any order.

        Returns
        -------
        output : Tensor, shape (B, T, directions * H), or PackedSequence
            The states h of the last layer at all steps, packed as the input was.
        state : Tensor, shape (L * directions, B, H), or a tuple of two
            The final states of every layer and direction.

        Raises
        ------
        ValueError
            If a shape or a device does not fit, T is 0, or a length lies outside 1 to T.
        TypeError
            If a dtype does not fit the weights, the lengths are not integers, or the state is
            not what the layer carries.
        """
        if isinstance(x, PackedSequence):
            if lengths is not None:
                raise ValueError("lengths: expected None, for a packed x holds its own lengths")
            return self._forward_packed(x, state)
        sizes = expect_shape("x", x, "B T D", D=self.input_size)
        expect_alike("x", x, self.weight_ih_l0)
        batch, steps = sizes["B"], sizes["T"]
        if steps == 0:
            raise ValueError(f"x: expected shape (B, T, D) with T above 0, got {tuple(x.shape)}")
        letters = f"{self.num_layers * len(self.suffixes)} B H"
        first = self._states(state, self.weight_hh_l0, letters, B=batch, H=self.hidden_size)
        live = None if lengths is None else live_steps(lengths, batch, steps, x.device)  # (B, T)
        if live is not None:
            x = x.masked_fill(~live.unsqueeze(-1), 0)  # padding may hold anything, NaN included

        finals: list[tuple[Tensor, ...]] = []
        for layer in range(self.num_layers):
            if layer > 0:
                x = nn.functional.dropout(x, self.dropout, self.training)
            outputs = []
            for suffix in self.suffixes:
                before = tuple(part[len(finals)] for part in first)  # PARTS times (B, H)
                output, final = self._read(x, before, f"_l{layer}{suffix}", live)
                outputs.append(output)
                finals.append(final)
            x = torch.cat(outputs, dim=-1)  # (B, T, directions * H)
        # (B, T, directions * H), PARTS times (L * directions, B, H)
        return x, self._as_given([torch.stack(part) for part in zip(*finals, strict=True)])

    def _read(
        self, x: Tensor, state: tuple[Tensor, ...], name: str, live: Tensor | None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Run one layer in one direction: (B, T, D), (B, H) to (B, T, H), (B, H)."""
        order = range(x.shape[1])
        inputs = self._inputs(x, name).unbind(1)  # T times (B, GATES * H)
        outputs: dict[int, Tensor] = {}
        for t in reversed(order) if name.endswith("_reverse") else order:
            new = self._step(inputs[t], state, name)
            if live is None:
                outputs[t], state = new[0], new
            else:
                # past an example's end its state stays as it is, and its output is 0
                here = live[:, t : t + 1]  # (B, 1)
                state = tuple(torch.where(here, *pair) for pair in zip(new, state, strict=True))
                outputs[t] = new[0].masked_fill(~here, 0)
        return torch.stack([outputs[t] for t in order], dim=1), state

    def _forward_packed(
        self, packed: PackedSequence, state: State | None
    ) -> tuple[PackedSequence, State]:
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


def expect_alike(name: str, tensor: Tensor, weight: Tensor) -> None:
    """Raise unless `tensor` lives where the weights live and has their dtype."""
    if tensor.device != weight.device:
        raise ValueError(
            f"{name}: expected device {weight.device}, as the weights, got {tensor.device}"
        )
    if tensor.dtype != weight.dtype and not torch.is_autocast_enabled(tensor.device.type):
        raise TypeError(
            f"{name}: expected dtype {weight.dtype}, as the weights, got {tensor.dtype}"
        )


def live_steps(
    lengths: Tensor | Sequence[int], batch: int, steps: int, device: torch.device
) -> Tensor:
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


def turned(x: Tensor, live: Tensor | None) -> Tensor:
    """Turn each sequence of (B, T, ...) round within its own length; padding stays behind."""
    if live is None:
        return x.flip(1)
    t = torch.arange(x.shape[1], device=x.device)  # (T,), counted from 0
    # x_{b, n_b - 1 - t} for t < n_b
    index = torch.where(live, live.sum(1, keepdim=True) - 1 - t, t)  # (B, T)
    return x.gather(1, index.view(*index.shape, *[1] * (x.ndim - 2)).expand_as(x))


def expect_mask(name: str, mask: Any) -> None:
    """Raise unless a mask holds booleans: 0 and 1 would index instead of masking."""
    if getattr(mask, "dtype", None) != torch.bool:
        came = getattr(mask, "dtype", type(mask).__name__)
        raise TypeError(f"{name}: expected booleans, True = real, got {came}")


def expect_look(
    module: nn.Module, kinds: tuple[type[nn.Module], ...], x: Tensor, layer: int
) -> dict[str, int]:
    """Check what a look inside one layer of a module needs; return B, T and D."""
    if not isinstance(module, kinds):
        known = " or ".join(f"{kind.__module__.split('.')[0]}'s {kind.__name__}" for kind in kinds)
        raise TypeError(f"module: expected {known}, got {type(module).__name__}")
    given = cast(Any, module)
    if given.bidirectional or not getattr(given, "batch_first", True):
        raise ValueError("module: expected one direction and batch_first=True, got another layout")
    expect_one_of("layer", layer, range(given.num_layers))
    sizes = expect_shape("x", x, "B T D", D=given.input_size)
    if sizes["T"] == 0:
        raise ValueError(f"x: expected shape (B, T, D) with T above 0, got {tuple(x.shape)}")
    expect_alike("x", x, given.weight_ih_l0)
    return sizes
