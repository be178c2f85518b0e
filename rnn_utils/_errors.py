"""Errors that name the argument, what was expected in letters of the shape table, what came."""

from __future__ import annotations

from collections.abc import Collection, Sized
from typing import Any


def expect_shape(name: str, array: Any, letters: str, **sizes: int) -> dict[str, int]:
    """Return the size of each letter, or say which argument has the wrong shape.

    Parameters
    ----------
    name : str
        The argument's name, as the caller wrote it.
    array : array or tensor
        Anything with a `shape`.
    letters : str
        The expected axes, such as ``"B T D"``; a number stands for itself.
    **sizes : int
        Letters whose size is known already.

    Raises
    ------
    TypeError
        If `array` has no shape.
    ValueError
        If the number of axes or a known size differs, or a letter stands for two sizes.
    """
    axes = letters.split()
    shape = getattr(array, "shape", None)
    if shape is None:
        raise TypeError(
            f"{name}: expected an array or tensor of shape {_spell(axes)}, "
            f"got {type(array).__name__}"
        )
    came = tuple(int(size) for size in shape)
    bound = dict(sizes)
    for axis, size in zip(axes, came, strict=False):
        expected = int(axis) if axis.isdigit() else bound.setdefault(axis, size)
        if expected != size:
            break
    else:
        if len(axes) == len(came):
            return bound
    known = [f"{axis} = {sizes[axis]}" for axis in axes if axis in sizes]
    where = f" with {', '.join(known)}" if known else ""
    raise ValueError(f"{name}: expected shape {_spell(axes)}{where}, got {came}")


def _spell(axes: list[str]) -> str:
    return f"({axes[0]},)" if len(axes) == 1 else f"({', '.join(axes)})"


def expect_one_of(name: str, value: Any, choices: Collection[Any]) -> None:
    """Raise a ValueError unless `value` is one of `choices`."""
    if value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        raise ValueError(f"{name}: expected one of {listed}, got {value!r}")


def expect_positive(name: str, value: Any, *, zero: bool = False) -> None:
    """Raise a TypeError unless `value` is a number, a ValueError unless it is above 0 (or 0)."""
    bound = "at least 0" if zero else "above 0"
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise TypeError(f"{name}: expected a number {bound}, got {value!r}")
    if not (value >= 0 if zero else value > 0):
        raise ValueError(f"{name}: expected a number {bound}, got {value!r}")


def expect_share(name: str, value: Any) -> None:
    """Raise a TypeError unless `value` is a number, a ValueError unless it lies in [0, 1]."""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise TypeError(f"{name}: expected a share from 0 to 1, got {value!r}")
    if not 0 <= value <= 1:
        raise ValueError(f"{name}: expected a share from 0 to 1, got {value}")


def expect_sizes(**sizes: Any) -> None:
    """Raise a TypeError or ValueError that names the first that is no whole number above 0."""
    for name, size in sizes.items():
        if isinstance(size, bool) or not hasattr(size, "__index__"):
            raise TypeError(f"{name}: expected a whole number above 0, got {size!r}")
        expect_positive(name, size)


def expect_integers(name: str, tensor: Any) -> None:
    """Raise a TypeError unless `tensor` is a tensor of integers; booleans are none."""
    dtype = str(getattr(tensor, "dtype", ""))
    if not dtype.startswith(("torch.int", "torch.uint")):
        came = dtype if dtype.startswith("torch.") else type(tensor).__name__
        raise TypeError(f"{name}: expected a tensor of integers, got {came}")


def expect_as_many(**lists: Sized) -> None:
    """Raise unless these are sequences of equal length, at least one, and none is a string."""
    for name, given in lists.items():
        if isinstance(given, str):
            raise TypeError(f"{name}: expected a sequence of them, got a single string")
    (first, wanted), *others = ((name, len(given)) for name, given in lists.items())
    for name, came in others:
        if came != wanted:
            raise ValueError(f"{name}: expected N = {wanted}, as many as {first}, got {came}")
    if not wanted:
        raise ValueError(f"{first}: expected at least one, got none")
