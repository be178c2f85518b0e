"""What the NumPy halves of recurrent modules share: the logistic function, checks of weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rnn_utils._errors import expect_shape

Array = npt.NDArray[Any]


def sigmoid(a: Array) -> Array:
    """Return 1 / (1 + exp(-a)), without overflow, complex numbers included."""
    result: Array = (1 + np.tanh(a / 2)) / 2
    return result


def expect_numbers(**arrays: Array) -> None:
    """Raise a TypeError that names the first array without floating-point numbers."""
    for name, array in arrays.items():
        if array.dtype.kind not in "fc":
            raise TypeError(f"{name}: expected floating-point numbers, got dtype {array.dtype}")


def expect_weights(
    gates: int, weight_ih: Array, weight_hh: Array, bias_ih: Array | None, bias_hh: Array | None
) -> dict[str, int]:
    """Check the shapes of matrices and biases with `gates` blocks of H rows; return D and H."""
    hidden = expect_shape("weight_hh", weight_hh, "G H")["H"]
    rows = str(gates * hidden)
    expect_shape("weight_hh", weight_hh, f"{rows} H", H=hidden)
    sizes = expect_shape("weight_ih", weight_ih, f"{rows} D")
    for name, bias in (("bias_ih", bias_ih), ("bias_hh", bias_hh)):
        if bias is not None:
            expect_shape(name, bias, rows)
    return {"D": sizes["D"], "H": hidden}
