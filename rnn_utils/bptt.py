"""Backpropagation through time by hand, its checks, and measures of how far it reaches."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnn_utils._errors import expect_one_of, expect_positive, expect_shape

Array = NDArray[Any]
Arrays = dict[str, Array]
Point = TypeVar("Point", Array, Arrays)

LOSSES = ("cross_entropy", "squared_error")
ACTIVATIONS = ("tanh", "relu")
IGNORED = -100  # a target that carries no loss, as in torch


@dataclass(frozen=True, eq=False)
class Parameters:
    r"""The six arrays of a vanilla RNN with a linear head.

    .. math::
        h_t = \tanh(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh}), \qquad
        y_t = W_{hy} h_t + b_y

    Parameters
    ----------
    weight_ih, weight_hh, bias_ih, bias_hh, weight_hy, bias_y : array
        Shapes (H, D), (H, H), (H,), (H,), (K, H), (K,); float64 or complex128.

    Raises
    ------
    ValueError
        If a shape does not fit the others.

    References
    ----------
    Elman, Finding structure in time, 1990.

    Chapter: 03_bptt
    """

    weight_ih: Array  # (H, D)
    weight_hh: Array  # (H, H)
    bias_ih: Array  # (H,)
    bias_hh: Array  # (H,)
    weight_hy: Array  # (K, H)
    bias_y: Array  # (K,)

    def __post_init__(self) -> None:
        sizes = expect_shape("weight_ih", self.weight_ih, "H D")
        sizes = {"H": sizes["H"]}
        expect_shape("weight_hh", self.weight_hh, "H H", **sizes)
        expect_shape("bias_ih", self.bias_ih, "H", **sizes)
        expect_shape("bias_hh", self.bias_hh, "H", **sizes)
        head = expect_shape("weight_hy", self.weight_hy, "K H", **sizes)
        expect_shape("bias_y", self.bias_y, "K", K=head["K"])

    @classmethod
    def draw(cls, inputs: int, hidden: int, classes: int, seed: int = 0) -> Parameters:
        r"""Draw every entry from torch's default start.

        .. math:: \mathcal U(-1/\sqrt H,\, 1/\sqrt H)

        Parameters
        ----------
        inputs, hidden, classes : int
            D, H and K.
        seed : int
            The seed of NumPy's generator.

        Returns
        -------
        Parameters
            Six float64 arrays.

        Chapter: 03_bptt
        """
        for name, size in (("inputs", inputs), ("hidden", hidden), ("classes", classes)):
            expect_positive(name, size)
        bound = 1 / math.sqrt(hidden)
        rng = np.random.default_rng(seed)
        shapes = [(hidden, inputs), (hidden, hidden), (hidden,), (hidden,), (classes, hidden)]
        return cls(*(rng.uniform(-bound, bound, shape) for shape in [*shapes, (classes,)]))

    @classmethod
    def from_torch(cls, rnn: nn.RNN, head: nn.Linear) -> Parameters:
        """Copy the weights of a one-layer `nn.RNN` and of its linear head.

        Parameters
        ----------
        rnn : nn.RNN
            One layer, one direction, with biases.
        head : nn.Linear
            From H to K, with a bias.

        Returns
        -------
        Parameters
            Copies, in the precision of the modules.

        Chapter: 03_bptt
        """
        recurrent = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        tensors = [getattr(rnn, f"{name}_l0") for name in recurrent] + [head.weight, head.bias]
        return cls(*(tensor.detach().cpu().numpy().copy() for tensor in tensors))

    def arrays(self) -> Arrays:
        """Return the six arrays by name, to be handed to a check or to an update."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, eq=False)
class Cache:
    """What the forward pass keeps for the backward pass.

    Parameters
    ----------
    x : array
        The inputs (B, T, D).
    states : array
        The states (B, T + 1, H); ``states[:, 0]`` is the initial state.
    logits : array
        The outputs of the head (B, T, K).
    errors : array
        The derivative of the loss by the logits (B, T, K).
    losses : array
        The loss of each step, averaged over the batch (T,), in nats for cross entropy.

    Chapter: 03_bptt
    """

    x: Array
    states: Array
    logits: Array
    errors: Array
    losses: Array


def forward(
    parameters: Parameters,
    x: Array,
    targets: Array,
    state: Array | None = None,
    loss: str = "cross_entropy",
) -> tuple[Any, Cache]:
    r"""Run the RNN over a batch with a loss at every step, and keep what backward needs.

    .. math::
        \mathcal L = \frac 1 B \sum_{b=1}^{B} \sum_{t=1}^{T} \ell_{b,t}, \qquad
        \ell_t = -\log \operatorname{softmax}(y_t)_{c_t}
        \quad\text{or}\quad \ell_t = \tfrac 12 \lVert y_t - c_t \rVert^2

    Parameters
    ----------
    parameters : Parameters
        Real, or complex for the complex step.
    x : array
        Inputs (B, T, D).
    targets : array
        Classes (B, T), integers, -100 for a step without loss; or values (B, T, K) for
        the squared error.
    state : array, optional
        The initial state (B, H), zeros by default.
    loss : str
        ``"cross_entropy"`` or ``"squared_error"``.

    Returns
    -------
    loss : scalar
        Summed over the steps, averaged over the batch.
    cache : Cache
        For `backward`, `truncated_backward` and the Jacobians.

    Raises
    ------
    ValueError
        If a shape does not fit, or a target is no class.
    TypeError
        If the targets of the cross entropy are not integers.

    References
    ----------
    Werbos, Backpropagation through time: what it does and how to do it, 1990.

    Chapter: 03_bptt
    """
    p = parameters
    expect_one_of("loss", loss, LOSSES)
    sizes = {"D": p.weight_ih.shape[1], "H": p.weight_hh.shape[0], "K": p.bias_y.shape[0]}
    sizes |= expect_shape("x", x, "B T D", D=sizes["D"])
    batch, steps, hidden = sizes["B"], sizes["T"], sizes["H"]
    if state is None:
        state = np.zeros((batch, hidden))
    expect_shape("state", state, "B H", B=batch, H=hidden)

    dtype = np.result_type(p.weight_ih, p.weight_hh, p.bias_ih, p.bias_hh, x, state, np.float32)
    states = np.empty((batch, steps + 1, hidden), dtype)
    states[:, 0] = state
    for t in range(steps):
        # a_t = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh
        a = x[:, t] @ p.weight_ih.T + p.bias_ih + states[:, t] @ p.weight_hh.T + p.bias_hh
        # h_t = tanh(a_t)
        states[:, t + 1] = np.tanh(a)
    # y_t = W_hy h_t + b_y
    logits = states[:, 1:] @ p.weight_hy.T + p.bias_y  # (B, T, K)
    measure = _cross_entropy if loss == "cross_entropy" else _squared_error
    each, errors = measure(logits, targets)
    # L = 1/B sum_b sum_t loss_{b,t}
    losses = each.sum(axis=0) / batch
    return losses.sum(), Cache(x, states, logits, errors / batch, losses)


def _cross_entropy(logits: Array, targets: Array) -> tuple[Array, Array]:
    batch, steps, classes = logits.shape
    expect_shape("targets", targets, "B T", B=batch, T=steps)
    if not np.issubdtype(targets.dtype, np.integer):
        raise TypeError(f"targets: expected integers of shape (B, T), got {targets.dtype}")
    counted = targets != IGNORED
    if counted.any() and not 0 <= targets[counted].min() <= targets[counted].max() < classes:
        raise ValueError(
            f"targets: expected classes from 0 to K - 1 = {classes - 1}, or {IGNORED} for none, "
            f"got {targets[counted].min()} to {targets[counted].max()}"
        )
    # p = softmax(y), shifted by its largest real part so that no exponential overflows
    exponentials = np.exp(logits - logits.real.max(axis=-1, keepdims=True))
    total = exponentials.sum(axis=-1, keepdims=True)
    chosen = np.where(counted, targets, 0)[..., None]
    # loss = -log p_c
    each = np.log(total) - np.log(np.take_along_axis(exponentials, chosen, -1))
    # d loss / d y = p - onehot(c)
    errors = exponentials / total
    np.put_along_axis(errors, chosen, np.take_along_axis(errors, chosen, -1) - 1, -1)
    return each[..., 0] * counted, errors * counted[..., None]


def _squared_error(logits: Array, targets: Array) -> tuple[Array, Array]:
    sizes = dict(zip("BTK", logits.shape, strict=True))
    expect_shape("targets", targets, "B T K", **sizes)
    # loss = 1/2 |y - c|^2, d loss / d y = y - c
    errors = logits - targets
    return (errors**2).sum(axis=-1) / 2, errors


def backward(parameters: Parameters, cache: Cache, future: Array | None = None) -> Arrays:
    r"""Return the gradient of the loss by every parameter, by the initial state and by the inputs.

    .. math::
        \frac{\mathrm d\mathcal L}{\mathrm d h_t} = W_{hy}^\top e_t + W_{hh}^\top \delta_{t+1},
        \qquad \delta_t = (1 - h_t^2) \odot \frac{\mathrm d\mathcal L}{\mathrm d h_t},
        \qquad \frac{\mathrm d\mathcal L}{\mathrm d W_{hh}} = \sum_t \delta_t h_{t-1}^\top

    Parameters
    ----------
    parameters : Parameters
        Those of the forward pass.
    cache : Cache
        What `forward` kept.
    future : array, optional
        The derivative (B, H) by the last state of losses that lie after this sequence; zeros by
        default. So a long sequence can be sent back in pieces.

    Returns
    -------
    dict of arrays
        A gradient for each name of `Parameters`, of its shape; ``"state"`` (B, H) for the
        initial state; ``"x"`` (B, T, D) for the inputs.

    Raises
    ------
    ValueError
        If `future` has not the shape of a state.

    References
    ----------
    Werbos, Backpropagation through time: what it does and how to do it, 1990.

    Chapter: 03_bptt
    """
    batch, steps, _ = cache.x.shape
    if future is None:
        future = np.zeros_like(cache.states[:, 0])
    expect_shape("future", future, "B H", B=batch, H=cache.states.shape[-1])
    return _accumulate(parameters, cache, [(0, 0, steps)], future)


def truncated_backward(parameters: Parameters, cache: Cache, k1: int, k2: int) -> Arrays:
    r"""Return the gradient of truncated BPTT: every k1 steps, back over at most k2 steps.

    The losses of the steps k1 n + 1 to k1 (n + 1) are sent back together, and none further than
    to step k1 (n + 1) - k2 + 1. With k1 = k2 this is what a detach between windows gives; with
    k1 = 1 every loss is sent back over exactly k2 steps (fewer at the start).

    .. math::
        g = \sum_n \sum_{t = k_1 n + 1}^{k_1 (n + 1)} \; \sum_{k > k_1 (n + 1) - k_2}^{t}
        \Big(\frac{\partial^+ h_k}{\partial \theta}\Big)^{\!\top}
        \Big(\frac{\mathrm d h_t}{\mathrm d h_k}\Big)^{\!\top}
        \frac{\partial^+ \ell_t}{\partial h_t}

    Parameters
    ----------
    parameters, cache
        As in `backward`.
    k1 : int
        The stride, in steps.
    k2 : int
        The reach, in steps; at least k1.

    Returns
    -------
    dict of arrays
        As `backward`. The entry ``"state"`` is what reached the initial state.

    Raises
    ------
    ValueError
        If k1 is not positive, or k2 is smaller than k1.

    References
    ----------
    Williams and Peng, An efficient gradient-based algorithm for on-line training of recurrent
    network trajectories, 1990.

    Chapter: 03_bptt
    """
    expect_positive("k1", k1)
    if k2 < k1:
        raise ValueError(f"k2: expected at least k1 = {k1} steps, got {k2}")
    steps = cache.x.shape[1]
    windows = [
        (max(0, first - (k2 - k1)), first, min(first + k1, steps)) for first in range(0, steps, k1)
    ]
    return _accumulate(parameters, cache, windows, np.zeros_like(cache.states[:, 0]))


def _accumulate(
    p: Parameters, cache: Cache, windows: Sequence[tuple[int, int, int]], future: Array
) -> Arrays:
    """Sum the gradients of windows (start, first, stop): losses of [first, stop), back to start."""
    grads = {name: np.zeros_like(array) for name, array in p.arrays().items()}
    grads["state"] = np.zeros_like(cache.states[:, 0])
    grads["x"] = np.zeros(cache.x.shape, cache.states.dtype)
    # dL/dW_hy = sum_t e_t h_t^T, dL/db_y = sum_t e_t
    grads["weight_hy"] += np.einsum("btk,bth->kh", cache.errors, cache.states[:, 1:])
    grads["bias_y"] += cache.errors.sum(axis=(0, 1))
    for start, first, stop in windows:
        from_future = future
        for t in reversed(range(start, stop)):
            # dL/dh_t = W_hy^T e_t + W_hh^T delta_{t+1}
            total = cache.errors[:, t] @ p.weight_hy + from_future if t >= first else from_future
            # delta_t = (1 - h_t^2) * dL/dh_t
            delta = (1 - cache.states[:, t + 1] ** 2) * total
            # dL/dW_ih = sum_t delta_t x_t^T, dL/dW_hh = sum_t delta_t h_{t-1}^T
            grads["weight_ih"] += delta.T @ cache.x[:, t]
            grads["weight_hh"] += delta.T @ cache.states[:, t]
            # dL/db_ih = dL/db_hh = sum_t delta_t
            grads["bias_ih"] += delta.sum(axis=0)
            # dL/dx_t = W_ih^T delta_t
            grads["x"][:, t] += delta @ p.weight_ih
            from_future = delta @ p.weight_hh
        if start == 0:
            grads["state"] += from_future
    grads["bias_hh"] = grads["bias_ih"].copy()
    return grads


def rtrl(
    parameters: Parameters,
    x: Array,
    targets: Array,
    state: Array | None = None,
    loss: str = "cross_entropy",
) -> tuple[Any, Arrays]:
    r"""Return the loss and its gradient by real-time recurrent learning, forward in time.

    The influence of every parameter on the state is carried along with the state:

    .. math::
        \frac{\mathrm d h_t}{\mathrm d \theta} = \operatorname{diag}(1 - h_t^2) \Big(
        W_{hh} \frac{\mathrm d h_{t-1}}{\mathrm d \theta}
        + \frac{\partial^+ a_t}{\partial \theta} \Big)

    Parameters
    ----------
    parameters, x, targets, state, loss
        As in `forward`.

    Returns
    -------
    loss : scalar
        As `forward`.
    gradients : dict of arrays
        As `backward`, without ``"x"``, and equal to it. The influences take
        B H (H D + H² + 2 H) numbers, however large T is.

    References
    ----------
    Williams and Zipser, A learning algorithm for continually running fully recurrent neural
    networks, 1989.

    Chapter: 03_bptt
    """
    p = parameters
    value, cache = forward(p, x, targets, state, loss)
    batch, steps, inputs = x.shape
    hidden = p.weight_hh.shape[0]
    dtype = cache.states.dtype
    units = np.arange(hidden)
    # influence[b, i, ...] = d h_i / d parameter, for the example b
    influence = {
        "weight_ih": np.zeros((batch, hidden, hidden, inputs), dtype),
        "weight_hh": np.zeros((batch, hidden, hidden, hidden), dtype),
        "bias_ih": np.zeros((batch, hidden, hidden), dtype),
        "state": np.broadcast_to(np.eye(hidden, dtype=dtype), (batch, hidden, hidden)),
    }
    grads = {name: np.zeros_like(array) for name, array in p.arrays().items()}
    grads["state"] = np.zeros((batch, hidden), dtype)
    for t in range(steps):
        # W_hh dh_{t-1}/dtheta
        now = {
            name: np.einsum("ij,bj...->bi...", p.weight_hh, array)
            for name, array in influence.items()
        }
        # the immediate part: d+ a_i / d W_ij = the j-th entry of what W multiplies
        now["weight_ih"][:, units, units] += x[:, None, t]
        now["weight_hh"][:, units, units] += cache.states[:, None, t]
        now["bias_ih"][:, units, units] += 1
        slope = 1 - cache.states[:, t + 1] ** 2  # (B, H)
        # d l_t / d h_t = W_hy^T e_t, and this step's loss is paid for at once
        error = cache.errors[:, t] @ p.weight_hy
        for name, array in now.items():
            array *= slope.reshape(slope.shape + (1,) * (array.ndim - 2))
            spec = "bi,bi...->b..." if name == "state" else "bi,bi...->..."
            grads[name] += np.einsum(spec, error, array)
        influence = now
        grads["weight_hy"] += cache.errors[:, t].T @ cache.states[:, t + 1]
        grads["bias_y"] += cache.errors[:, t].sum(axis=0)
    grads["bias_hh"] = grads["bias_ih"].copy()
    return value, grads


def _each(
    function: Callable[[Any], Any], at: Any, derivative: Callable[[Callable[[Any], Any], Any], Any]
) -> Any:
    """Differentiate a scalar function of an array, or of a dict of arrays, entry by entry."""
    if not isinstance(at, Mapping):
        return derivative(function, np.asarray(at))

    def only(name: str) -> Callable[[Any], Any]:
        return lambda array: function({**at, name: array})

    return {name: derivative(only(name), np.asarray(array)) for name, array in at.items()}


def central_difference(function: Callable[[Point], Any], at: Point, step: float = 6e-6) -> Point:
    r"""Differentiate a scalar function entry by entry with two evaluations for each.

    .. math:: \frac{\mathrm d f}{\mathrm d \theta_i}
        \approx \frac{f(\theta + \varepsilon e_i) - f(\theta - \varepsilon e_i)}{2 \varepsilon}

    Parameters
    ----------
    function : callable
        From an array, or a dict of arrays, to a number.
    at : array or dict of arrays
        Where.
    step : float
        The step; near the cube root of the machine precision the error is least, about 1e-10.

    Returns
    -------
    array or dict of arrays
        The gradient, of the shape of `at`.

    Raises
    ------
    ValueError
        If the step is not positive.

    Chapter: 03_bptt
    """
    expect_positive("step", step)

    def derivative(f: Callable[[Any], Any], array: Array) -> Array:
        gradient = np.empty(array.shape)
        for index in np.ndindex(array.shape):
            up, down = array.astype(float), array.astype(float)
            up[index] += step
            down[index] -= step
            gradient[index] = (f(up) - f(down)) / (2 * step)
        return gradient

    result: Point = _each(function, at, derivative)
    return result


def complex_step(function: Callable[[Point], Any], at: Point, step: float = 1e-20) -> Point:
    r"""Differentiate a scalar function entry by entry with a step along the imaginary axis.

    .. math:: \frac{\mathrm d f}{\mathrm d \theta_i}
        \approx \frac{\operatorname{Im} f(\theta + i \varepsilon e_i)}{\varepsilon}

    Nothing is subtracted, so the step may be as small as you like and the error is that of
    rounding. The function must be built of analytic operations: no absolute value, no maximum
    over complex numbers, no cast to float.

    Parameters
    ----------
    function : callable
        From an array, or a dict of arrays, to a number; must take complex arrays.
    at : array or dict of arrays
        Where.
    step : float
        The step.

    Returns
    -------
    array or dict of arrays
        The gradient, of the shape of `at`.

    Raises
    ------
    ValueError
        If the step is not positive.
    TypeError
        If the function returns a real number, so that the step was lost on the way.

    References
    ----------
    Squire and Trapp, Using complex variables to estimate derivatives of real functions, 1998.

    Chapter: 03_bptt
    """
    expect_positive("step", step)

    def derivative(f: Callable[[Any], Any], array: Array) -> Array:
        gradient = np.empty(array.shape)
        for index in np.ndindex(array.shape):
            moved = array.astype(complex)
            moved[index] += 1j * step
            value = f(moved)
            if not np.iscomplexobj(value):
                raise TypeError(f"function: expected a complex number back, got {value!r}")
            gradient[index] = np.imag(value) / step
        return gradient

    result: Point = _each(function, at, derivative)
    return result


@dataclass(frozen=True)
class GradientReport:
    """The outcome of a gradient check.

    Parameters
    ----------
    worst : float
        The largest of the relative errors.
    parameter : str
        The parameter that has it.
    index : tuple of int
        The entry of that parameter that is furthest off.
    errors : dict of float
        The relative error of each parameter.

    Chapter: 03_bptt
    """

    worst: float
    parameter: str
    index: tuple[int, ...]
    errors: dict[str, float]


def gradient_check(
    function: Callable[[Arrays], Any],
    at: Arrays,
    gradients: Mapping[str, Array],
    method: Callable[[Callable[[Arrays], Any], Arrays], Arrays] = complex_step,
) -> GradientReport:
    r"""Compare gradients with numerical ones and name the parameter that is furthest off.

    .. math:: \operatorname{error}(\theta) = \frac{\max_i |g_i - \hat g_i|}
        {\max(\max_i |g_i|,\, \max_i |\hat g_i|)}

    Parameters
    ----------
    function : callable
        From a dict of arrays to a number.
    at : dict of arrays
        Where.
    gradients : mapping of arrays
        What is to be checked; names that are not in `at` are left aside.
    method : callable
        `complex_step` or `central_difference`.

    Returns
    -------
    GradientReport
        The worst relative error, where it is, and the error of each parameter.

    Raises
    ------
    ValueError
        If a gradient is missing or has another shape than its parameter.

    Chapter: 03_bptt
    """
    for name, array in at.items():
        came = np.shape(gradients[name]) if name in gradients else None
        if came != np.shape(array):
            raise ValueError(f"gradients[{name!r}]: expected shape {np.shape(array)}, got {came}")
    errors: dict[str, float] = {}
    places: dict[str, tuple[int, ...]] = {}
    for name, numerical in method(function, at).items():
        away = np.abs(gradients[name] - numerical)
        scale = np.maximum(np.abs(gradients[name]), np.abs(numerical)).max()
        errors[name] = float(away.max() / scale) if scale != 0 else 0.0
        # a NaN is further off than any number
        errors[name] = math.inf if math.isnan(errors[name]) else errors[name]
        places[name] = tuple(int(i) for i in np.unravel_index(away.argmax(), away.shape))
    worst = max(errors, key=lambda name: errors[name])
    return GradientReport(errors[worst], worst, places[worst], errors)


def _flat(gradients: Mapping[str, Array]) -> Array:
    if not gradients:
        raise ValueError("gradients: expected at least one array, got none")
    return np.concatenate([np.ravel(array) for array in gradients.values()])


def angle(first: Mapping[str, Array], second: Mapping[str, Array]) -> float:
    r"""Return the angle between two gradients, all their arrays taken as one long vector.

    .. math:: \angle(u, v) = 2 \operatorname{atan2}\big(\lVert \hat u - \hat v \rVert,\,
        \lVert \hat u + \hat v \rVert\big), \qquad \hat u = u / \lVert u \rVert

    Parameters
    ----------
    first, second : mapping of arrays
        The same names and shapes.

    Returns
    -------
    float
        Degrees, from 0 to 180; NaN if a gradient is zero.

    Raises
    ------
    ValueError
        If the names or shapes differ.

    Chapter: 03_bptt
    """
    if {n: np.shape(a) for n, a in first.items()} != {n: np.shape(a) for n, a in second.items()}:
        raise ValueError("second: expected the names and shapes of first, got others")
    u = _flat(first)
    v = _flat({name: second[name] for name in first})
    lengths = np.linalg.norm(u), np.linalg.norm(v)
    if 0 in lengths:
        return math.nan
    u, v = u / lengths[0], v / lengths[1]
    # unlike the arccosine of the product, this keeps its digits near 0 and 180 degrees
    return math.degrees(2 * math.atan2(np.linalg.norm(u - v), np.linalg.norm(u + v)))


def clip_by_norm(gradients: Mapping[str, Array], limit: float) -> tuple[Arrays, float]:
    r"""Shorten the gradient to a limit, and leave its direction as it is.

    .. math:: \hat g = g \, \min\Big(1, \frac{c}{\lVert g \rVert}\Big), \qquad
        \lVert g \rVert^2 = \sum_\theta \sum_i g_{\theta, i}^2

    Parameters
    ----------
    gradients : mapping of arrays
        By parameter; one norm is taken over all of them.
    limit : float
        The longest norm c that passes unchanged.

    Returns
    -------
    clipped : dict of arrays
        New arrays.
    norm : float
        The norm before clipping: the number to log.

    Raises
    ------
    ValueError
        If the limit is not positive, or the norm is not finite.

    References
    ----------
    Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks, 2013.

    Chapter: 03_bptt
    """
    expect_positive("limit", limit)
    norm = float(np.linalg.norm(_flat(gradients)))
    if not math.isfinite(norm):
        raise ValueError(f"gradients: expected a finite norm, got {norm}")
    scale = min(1.0, limit / norm) if norm > 0 else 1.0
    return {name: array * scale for name, array in gradients.items()}, norm


def clip_by_value(gradients: Mapping[str, Array], limit: float) -> Arrays:
    r"""Cut every component to a range, which turns the gradient.

    .. math:: \hat g_i = \max(-c, \min(c, g_i))

    Parameters
    ----------
    gradients : mapping of arrays
        By parameter.
    limit : float
        The largest size c of a component that passes unchanged.

    Returns
    -------
    dict of arrays
        New arrays.

    Raises
    ------
    ValueError
        If the limit is not positive.

    References
    ----------
    Mikolov, Statistical language models based on neural networks, 2012.

    Chapter: 03_bptt
    """
    expect_positive("limit", limit)
    return {name: np.clip(array, -limit, limit) for name, array in gradients.items()}


def jacobian(weight_hh: Array, states: Array, activation: str = "tanh") -> Array:
    r"""Return the Jacobian of one step, or of each of many, by the state before it.

    .. math:: \frac{\partial^+ h_t}{\partial h_{t-1}} =
        \operatorname{diag}\big(\varphi'(a_t)\big)\, W_{hh}, \qquad
        \varphi' = 1 - h_t^2 \;\text{(tanh)}, \quad \varphi' = [h_t > 0] \;\text{(ReLU)}

    Parameters
    ----------
    weight_hh : array
        (H, H).
    states : array
        States after the step, (H,) or with any axes in front, such as (T, H).
    activation : str
        ``"tanh"`` or ``"relu"``.

    Returns
    -------
    array
        (..., H, H).

    Raises
    ------
    ValueError
        If a shape or the activation is none of these.

    Chapter: 03_bptt
    """
    expect_one_of("activation", activation, ACTIVATIONS)
    hidden = expect_shape("weight_hh", weight_hh, "H H")["H"]
    if not states.shape or states.shape[-1] != hidden:
        raise ValueError(
            f"states: expected shape (..., H) with H = {hidden}, got {tuple(states.shape)}"
        )
    slope = 1 - states**2 if activation == "tanh" else (states > 0).astype(weight_hh.dtype)
    product: Array = slope[..., :, None] * weight_hh
    return product


def log_singular_values(jacobians: Array, sweeps: int = 60, tolerance: float = 1e-12) -> Array:
    r"""Return the logarithms of the singular values of a long product of matrices.

    .. math:: \log \sigma_i(J_T \cdots J_2 J_1), \qquad \sigma_1 \ge \dots \ge \sigma_H

    The product itself would overflow, or drown its small values in rounding. So it is never
    formed: each factor in turn is split by QR, which leaves a product of triangles, and the same
    is done to the transposed triangles until the sums of the logarithms of their diagonals rest.

    Parameters
    ----------
    jacobians : array
        (T, H, H), the first to act comes first.
    sweeps : int
        The largest number of passes; close singular values need more than distant ones.
    tolerance : float
        The change of a logarithm at which the passes end.

    Returns
    -------
    array
        (H,), natural logarithms, largest first; -inf, or rounding's trace, for a zero.

    Raises
    ------
    ValueError
        If the shape is not (T, H, H) with at least one factor.

    References
    ----------
    Oliveira and Stewart, Exponential splittings of products of matrices and accurately computing
    singular values of long products, 2000.

    Chapter: 03_bptt
    """
    factors = _factors(jacobians)
    before = np.full(len(factors[0]), np.nan)
    for _ in range(sweeps):
        triangles = _triangles(factors)
        logs = _log_diagonals(triangles).sum(axis=0)
        settled = np.array_equal(np.isinf(logs), np.isinf(before))
        finite = np.isfinite(logs)
        if settled and np.abs(logs[finite] - before[finite]).max(initial=0.0) < tolerance:
            break
        before = logs
        # (R_T ... R_1)^T = R_1^T ... R_T^T: the transposed R_T acts first
        factors = [triangle.T for triangle in reversed(triangles)]
    ordered: Array = np.sort(logs)[::-1]
    return ordered


def lyapunov_exponents(jacobians: Array) -> Array:
    r"""Return the mean rates, per step, at which small differences between states grow.

    .. math:: \lambda_i = \frac 1 T \sum_{t=1}^{T} \log |R_{t,ii}|, \qquad
        J_t Q_{t-1} = Q_t R_t, \quad Q_0 = I

    Parameters
    ----------
    jacobians : array
        (T, H, H) along one trajectory, first step first.

    Returns
    -------
    array
        (H,), nats per step, largest first. Above 0: differences, and gradients, grow; below: they
        shrink.

    Raises
    ------
    ValueError
        If the shape is not (T, H, H) with at least one factor.

    References
    ----------
    Benettin et al., Lyapunov characteristic exponents for smooth dynamical systems, 1980.

    Chapter: 03_bptt
    """
    triangles = _triangles(_factors(jacobians))
    exponents: Array = np.sort(_log_diagonals(triangles).mean(axis=0))[::-1]
    return exponents


def _factors(jacobians: Array) -> list[Array]:
    expect_positive("jacobians: T", expect_shape("jacobians", jacobians, "T H H")["T"])
    return list(jacobians)


def _triangles(factors: Sequence[Array]) -> list[Array]:
    """Return R_1, ..., R_T of J_T ... J_1 = Q R_T ... R_1."""
    q: Array = np.eye(len(factors[0]))
    triangles = []
    for factor in factors:
        # J_t Q_{t-1} = Q_t R_t
        q, triangle = np.linalg.qr(factor @ q)
        triangles.append(triangle)
    return triangles


def _log_diagonals(triangles: Sequence[Array]) -> Array:
    with np.errstate(divide="ignore"):
        logs: Array = np.log(np.abs([np.diag(triangle) for triangle in triangles]))
    return logs


def gradient_norm_by_lag(
    model: Parameters | nn.Module, x: Any, direction: Any = None
) -> NDArray[np.float64]:
    r"""Measure how much of an error at the last step arrives at each state before it.

    .. math:: n_k = \frac 1 B \sum_{b=1}^{B} \Big\lVert
        \frac{\mathrm d (v^\top h_T)}{\mathrm d s_{T-k}} \Big\rVert, \qquad k = 0, \dots, T - 1

    where :math:`s` is everything that the model carries: h, or (h, c) for an LSTM.

    Parameters
    ----------
    model : Parameters or nn.Module
        The NumPy RNN, or a torch module called as ``output, state = model(x, state)`` with the
        batch first, in one direction, such as `nn.RNN`, `nn.LSTM`, `nn.GRU`, with any layers.
    x : array or tensor
        Inputs (B, T, D).
    direction : array or tensor, optional
        The error v (H,) at the last output; by default the vector of equal components and
        length 1.

    Returns
    -------
    array
        (T,): the norm at lag 0, 1, ..., T - 1, averaged over the batch. At lag 0 it is the
        length of the direction.

    Raises
    ------
    ValueError
        If the module is bidirectional or wants the time axis first, or a shape does not fit.

    References
    ----------
    Bengio, Simard and Frasconi, Learning long-term dependencies with gradient descent is
    difficult, 1994.

    Chapter: 03_bptt
    """
    if isinstance(model, Parameters):
        return _norms_numpy(model, np.asarray(x), direction)
    if getattr(model, "bidirectional", False) or not getattr(model, "batch_first", True):
        raise ValueError("model: expected one direction and batch_first=True, got another layout")
    steps = expect_shape("x", x, "B T D")["T"]
    states: list[tuple[torch.Tensor, ...]] = []
    carried: Any = None
    with torch.enable_grad():
        for t in range(steps):
            _, carried = model(x[:, t : t + 1], carried)
            states.append(carried if isinstance(carried, tuple) else (carried,))
        last = states[-1][0][-1]  # (B, H): h_T of the top layer
        hidden = last.shape[-1]
        if direction is None:
            direction = torch.full((hidden,), hidden**-0.5, dtype=torch.float64)
        v = torch.as_tensor(direction).to(last)
        expect_shape("direction", v, "H", H=hidden)
        flat = [part for state in states for part in state]
        messages = torch.autograd.grad((last @ v).sum(), flat, allow_unused=True)
    norms = []
    width = len(states[0])
    for t in reversed(range(steps)):
        # at lag 0 the cell of an LSTM has no part in v^T h_T
        parts = [m for m in messages[width * t : width * (t + 1)] if m is not None]
        # (layers, B, H) -> (B, layers * H): everything that one example carries
        together = torch.cat([part.transpose(0, 1).flatten(1) for part in parts], dim=1)
        norms.append(float(together.double().norm(dim=1).mean()))
    return np.array(norms)


def _norms_numpy(p: Parameters, x: Array, direction: Any) -> NDArray[np.float64]:
    nothing = np.full(x.shape[:2], IGNORED)
    _, cache = forward(p, x, nothing)
    hidden = p.weight_hh.shape[0]
    v = np.full(hidden, hidden**-0.5) if direction is None else np.asarray(direction)
    expect_shape("direction", v, "H", H=hidden)
    message: Array = np.broadcast_to(v, (x.shape[0], hidden))
    norms = []
    for t in reversed(range(x.shape[1])):
        norms.append(np.linalg.norm(message, axis=1).mean())
        # d/dh_{t-1} = W_hh^T diag(1 - h_t^2) d/dh_t
        message = ((1 - cache.states[:, t + 1] ** 2) * message) @ p.weight_hh
    return np.array(norms)
