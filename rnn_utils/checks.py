"""Tells a learner what is right, what is wrong, and which well-known mistake gives that answer."""

from __future__ import annotations

import contextlib
import copy
import inspect
import json
import linecache
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch

__all__ = [
    "Failed",
    "Mistake",
    "accuracy",
    "agree",
    "at_least",
    "at_most",
    "examine",
    "grading_rng",
]

SEED_VARIABLE = "RNN_UTILS_GRADING_SEED"
LARGEST = 10**6  # numbers of one array; no answer needs more, and a list of them fills the memory

Plain: TypeAlias = dict[str, Any]
Cases: TypeAlias = Mapping[str, Any]


class Failed(AssertionError):
    """A check that did not hold; a notebook shows its message and no traceback."""

    def _render_traceback_(self) -> list[str]:
        return str(self).split("\n")


class Mistake(Failed):
    """An answer that is what a well-known mistake gives; the message names the mistake."""


# --- what a call gave, as plain data -----------------------------------------------------------


def plain(value: Any) -> Plain:
    """Return a value as numbers and text only, so that it can be stored and compared.

    Parameters
    ----------
    value : number, str, None, array, tensor, or tuple, list or dict of these
        What a learner's function returned. Anything else is known by its type's name alone.

    Returns
    -------
    dict
        ``{"shape", "dtype", "values"}`` for numbers and arrays, ``{"items"}`` for a tuple,
        ``{"keys"}`` for a dict, ``{"text"}``, ``{"none"}`` or ``{"type"}``.
    """
    if value is None:
        return {"none": True}
    if isinstance(value, str):
        return {"text": str(value)}
    if isinstance(value, Mapping):
        return {"keys": {str(key): plain(item) for key, item in value.items()}}
    if isinstance(value, torch.Tensor):
        tensor = value.detach().cpu()
        value = (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()
    if isinstance(value, list) and (numbers := _numbers(value)) is not None:
        value = numbers
    if isinstance(value, list | tuple):
        if len(value) > LARGEST:
            return {"type": f"{type(value).__name__} of {len(value)} items"}
        items = [plain(item) for item in value]
        joined = _joined(items) if isinstance(value, list) else None
        return joined if joined is not None else {"items": items}
    if isinstance(value, bool | int | float | np.generic | np.ndarray):
        array = np.asarray(value)
        if array.size > LARGEST:
            return {"type": f"array, of shape {array.shape}"}
        if array.dtype.kind in "biuf":
            return _plain_array(array)
        return {"type": f"array of {array.dtype}"}
    return {"type": type(value).__name__}


def _numbers(value: list[Any]) -> np.ndarray[Any, Any] | None:
    """Return a list of numbers of one kind as the array that its items make one by one."""
    kinds = set(map(type, value))
    kept = {bool: np.bool_, int: np.int64, float: np.float64}
    if len(kinds) != 1 or not kinds <= kept.keys():
        return None
    array = np.asarray(value)
    return array if array.dtype == kept[kinds.pop()] else None


def _plain_array(array: np.ndarray[Any, Any]) -> Plain:
    flat: list[Any] = array.reshape(-1).tolist()
    if array.dtype.kind == "f":
        flat = [float(f"{v:.10g}") if np.isfinite(v) else str(v) for v in flat]
    return {"shape": list(array.shape), "dtype": str(array.dtype), "values": flat}


def _joined(items: list[Plain]) -> Plain | None:
    """Return one array where the items are arrays of one shape, as a list of numbers is."""
    if not items or any("values" not in item for item in items):
        return None
    if any(item["shape"] != items[0]["shape"] for item in items):
        return None
    dtype = np.result_type(*[np.dtype(item["dtype"]) for item in items])
    values = [number for item in items for number in item["values"]]
    return {"shape": [len(items), *items[0]["shape"]], "dtype": str(dtype), "values": values}


def _array(encoded: Plain) -> np.ndarray[Any, Any] | None:
    if "items" in encoded:
        joined = _joined(encoded["items"])
        return None if joined is None else _array(joined)
    if "values" not in encoded:
        return None
    return np.asarray([float(v) for v in encoded["values"]]).reshape(encoded["shape"])


def _items(encoded: Plain) -> list[Plain] | None:
    """Return the parts of a tuple; rows of an array count as its parts."""
    if "items" in encoded:
        return list(encoded["items"])
    array = _array(encoded)
    if array is None or array.ndim == 0:
        return None
    return [_plain_array(np.asarray(row)) for row in array]


def _close(
    expected: np.ndarray[Any, Any], got: np.ndarray[Any, Any], tolerance: float
) -> np.ndarray[Any, Any]:
    """Return, element by element, |got - expected| <= tolerance (1 + |expected|)."""
    return np.asarray(np.isclose(got, expected, rtol=tolerance, atol=tolerance, equal_nan=True))


def same(expected: Plain, got: Plain, tolerance: float) -> bool:
    """Say whether two plain values are equal: the same shapes, numbers within the tolerance."""
    return difference(expected, got, tolerance) is None


def difference(expected: Plain, got: Plain, tolerance: float) -> str | None:
    """Return in words how a plain value differs from the one expected, or None if it does not."""
    if "values" in expected:
        return _array_difference(expected, got, tolerance)
    if "items" in expected:
        parts = _items(got)
        count = len(expected["items"])
        if parts is None or len(parts) != count:
            return f"expected {count} values (return them as a tuple), got {_kind(got)}"
        for number, pair in enumerate(zip(expected["items"], parts, strict=True), start=1):
            found = difference(*pair, tolerance)
            if found is not None:
                return f"value {number} of {count}: {found}"
        return None
    if "keys" in expected and "keys" in got:
        wrong = {}
        for key, part in expected["keys"].items():
            if key not in got["keys"]:
                return f"the key {key!r} is missing"
            found = difference(part, got["keys"][key], tolerance)
            if found is not None:
                wrong[key] = found
        if wrong:
            (first, found), *others = wrong.items()
            also = f"; also wrong: {', '.join(repr(key) for key, _ in others)}" if others else ""
            return f"under the key {first!r}: {found}{also}"
        extra = sorted(set(got["keys"]) - set(expected["keys"]))
        return f"there is a key too many: {extra[0]!r}" if extra else None
    if "text" in expected and "text" in got and expected != got:
        return f"expected the text {expected['text']!r}, got {got['text']!r}"
    return None if expected == got else f"expected {_kind(expected)}, got {_kind(got)}"


def _kind(encoded: Plain) -> str:
    if "none" in encoded:
        return "None"
    if "text" in encoded:
        return "text"
    if "items" in encoded:
        return f"a tuple of {len(encoded['items'])}"
    if "keys" in encoded:
        return "a dict"
    if "values" in encoded:
        shape = tuple(encoded["shape"])
        return f"an array of shape {shape}" if shape else f"the number {encoded['values'][0]}"
    return f"a value of type {encoded['type']}"


def _array_difference(expected: Plain, got: Plain, tolerance: float) -> str | None:
    right, came = _array(expected), _array(got)
    assert right is not None
    shape = tuple(expected["shape"])
    wanted = f"an array of shape {shape}" if shape else "a number"
    if came is None:
        if got.get("items") == [] and right.size == 0:  # an empty list has no other shape
            return None
        return f"expected {wanted}, got {_kind(got)}"
    if came.shape != shape:
        turned = came.ndim == 2 and came.shape == shape[::-1]
        if turned and _close(right.T, came, tolerance).all():
            return f"it is the right array transposed: expected shape {shape}, got {came.shape}"
        return f"expected {wanted}, got {_kind(got)}"
    fine = _close(right, came, tolerance)
    if fine.all():
        return None
    if np.isnan(came).any() and not np.isnan(right).any():
        return f"{int(np.isnan(came).sum())} of its {came.size} numbers are NaN"
    if not shape:
        return f"expected {right.item():.10g}, got {came.item():.10g}"
    return _in_words(right, came, fine, tolerance)


@np.errstate(invalid="ignore")  # an infinity times 0, or less an infinity, is NaN and like nothing
def _in_words(
    right: np.ndarray[Any, Any],
    came: np.ndarray[Any, Any],
    fine: np.ndarray[Any, Any],
    tolerance: float,
) -> str:
    if not np.any(came) and np.any(right):
        return "all its numbers are 0"
    if (
        right.ndim == 2
        and right.shape[0] == right.shape[1]
        and _close(right.T, came, tolerance).all()
    ):
        return "it is the right array transposed"
    gaps = np.where(fine, 0.0, np.abs(came - right))
    if right.size > 1 and (square := (right**2).sum()) > 0:  # of tiny numbers it may be 0
        ratio = float((came * right).sum() / square)  # least squares
        if _close(ratio * right, came, tolerance).all():
            turned = abs(ratio + 1) < 1e-3
            times = f"every number is {ratio:.4g} times the right one"
            return "every sign is turned round" if turned else times
    shift = came - right
    if right.size > 1 and np.ptp(shift) <= tolerance * (1 + np.abs(right).max()):
        return f"every number is too {'large' if shift.min() > 0 else 'small'} by {gaps.max():.4g}"
    for axis, size in enumerate(right.shape):
        others = tuple(other for other in range(right.ndim) if other != axis)
        wrong = np.flatnonzero(~fine.all(axis=others))
        if 0 < len(wrong) <= size // 2:
            return (
                f"wrong only at index {', '.join(map(str, wrong))} of axis {axis} "
                f"(size {size}); there by up to {gaps.max():.3g}"
            )
    index = tuple(int(i) for i in np.unravel_index(int(gaps.argmax()), gaps.shape))
    return (
        f"{int((~fine).sum())} of {fine.size} numbers differ, "
        f"most at index {index}, by {gaps.max():.3g}"
    )


# --- calling the learner's function -------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What one call gave: a plain value or an exception, and which arguments it changed."""

    value: Plain | None = None
    raises: str | None = None
    where: str = ""
    changes: tuple[str, ...] = ()

    def stored(self) -> Plain:
        """Return what the table of diagnoses holds of it."""
        kept: Plain = {"raises": self.raises} if self.value is None else {"value": self.value}
        return kept | ({"changes": list(self.changes)} if self.changes else {})

    def equals(self, stored: Plain, tolerance: float) -> bool:
        """Say whether it is an outcome of the table."""
        if list(self.changes) != stored.get("changes", []):
            return False
        if self.value is None or "value" not in stored:
            return self.value is None and self.raises == stored.get("raises")
        return same(stored["value"], self.value, tolerance)


@contextlib.contextmanager
def _stderr_as_stdout() -> Iterator[None]:
    """Send warnings and progress bars to stdout: nbgrader counts stderr as a failure."""
    with warnings.catch_warnings(), contextlib.redirect_stderr(sys.stdout):
        warnings.simplefilter("default")
        yield


def call(function: Callable[..., Any], case: Any) -> tuple[Outcome, Any]:
    """Call a function on a copy of one case; return the outcome and the value itself.

    Parameters
    ----------
    function : callable
        The learner's.
    case : tuple, dict or single value
        Positional arguments, keyword arguments, or the only argument.
    """
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}
    if isinstance(case, dict):
        kwargs = copy.deepcopy(case)
    else:
        args = copy.deepcopy(case if isinstance(case, tuple) else (case,))
    before = [plain(argument) for argument in (*args, *kwargs.values())]
    try:
        with _stderr_as_stdout():
            value = function(*args, **kwargs)
            came = plain(value)
    except (Exception, SystemExit) as error:
        line = (str(error).strip() or "no message").split("\n")[0]
        return Outcome(raises=f"{type(error).__name__}: {line}", where=learners_line(error)), None
    after = [plain(argument) for argument in (*args, *kwargs.values())]
    names = _argument_names(function, len(args)) + list(kwargs)
    changed = [name for name, old, new in zip(names, before, after, strict=True) if old != new]
    return Outcome(came, changes=tuple(changed)), value


def _argument_names(function: Callable[..., Any], count: int) -> list[str]:
    try:
        names = list(inspect.signature(function).parameters)[:count]
    except (TypeError, ValueError):
        names = []
    return names + [f"argument {number}" for number in range(len(names) + 1, count + 1)]


def learners_line(error: BaseException) -> str:
    """Return the learner's own line that an exception came from, where it can be told."""
    if isinstance(told := getattr(error, "learners_line", None), str):
        return told  # an exception from another process brings its line along
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        line = linecache.getline(frame.filename, frame.lineno or 0).strip()
        if line and not Path(frame.filename).is_file():
            return f"line {frame.lineno} of its cell, `{line}`"
    return ""


def _outcome_in_words(stored: Plain, outcome: Outcome, tolerance: float) -> str | None:
    if outcome.value is None:
        at = f" at {outcome.where}" if outcome.where else ""
        return None if outcome.equals(stored, tolerance) else f"it stopped{at}: {outcome.raises}"
    if "value" not in stored:
        return f"expected an error ({stored['raises'].split(':')[0]}), got {_kind(outcome.value)}"
    found = difference(stored["value"], outcome.value, tolerance)
    if found is not None and outcome.value == {"none": True}:
        return f"{found}: is there a return?"
    if found is not None or not outcome.changes:
        return found
    return f"it changes its argument {', '.join(outcome.changes)}; work on a copy"


# --- visible checks -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Recorded:
    """One visible check as it was called, for the generator of the table."""

    task: str
    function: Callable[..., Any]
    cases: dict[str, Any]
    outcomes: list[Outcome]
    tolerance: float


_recorder: list[Recorded] | None = None


@contextlib.contextmanager
def recording() -> Iterator[list[Recorded]]:
    """Make `examine` note the outcomes and judge none of them."""
    global _recorder
    before, _recorder = _recorder, []
    try:
        yield _recorder
    finally:
        _recorder = before


def diagnoses(slug: str) -> Plain:
    """Return the table of an exercise: for each task, right outcomes and those of mistakes."""
    file = resources.files("rnn_utils") / "diagnoses" / f"{slug}.json"
    if not file.is_file():
        raise FileNotFoundError(f"rnn_utils/diagnoses/{slug}.json is missing; run: make exercises")
    table: Plain = json.loads(file.read_text("utf-8"))
    return table


def examine(
    function: Callable[..., Any], task: str, cases: Cases, *, tolerance: float = 1e-5
) -> None:
    """Compare a learner's function with what is known for fixed inputs, and say what is wrong.

    Parameters
    ----------
    function : callable
        The learner's; it may return arrays, tensors, numbers or text, alone or in containers.
    task : str
        ``"02_rnn/leaky_step"``: the exercise's slug and the id of the task's cell.
    cases : mapping of str to tuple, dict or single value
        Named inputs. Each case should leave one thing alone to go wrong, so that the failing
        one names itself. The same inputs in every run: their outcomes are in the table.
    tolerance : float
        Numbers a and b are equal if abs(a - b) <= tolerance (1 + abs(b)).

    Raises
    ------
    Mistake
        If the answer is what a well-known mistake gives.
    Failed
        If the answer is wrong in some other way.
    """
    outcomes = [call(function, case)[0] for case in cases.values()]
    if _recorder is not None:
        _recorder.append(Recorded(task, function, dict(cases), outcomes, tolerance))
        return
    slug, name = task.split("/")
    known = diagnoses(slug)[name]
    if known["cases"] != list(cases):
        raise Failed(
            f"{name}: this check and its table do not belong together; "
            "restore the check's cell, or update rnn_utils"
        )
    right = known["right"]
    if all(o.equals(r, tolerance) for o, r in zip(outcomes, right, strict=True)):
        _say(f"{name}: right in {len(right)} of {len(right)} cases.")
        return
    for mistake in known["mistakes"]:
        if _is_mistake(mistake, outcomes, right, tolerance):
            raise Mistake(mistake["message"])
    raise Failed(_report(name, list(cases), outcomes, known, tolerance))


def _say(text: str) -> None:
    print(text)  # noqa: T201 - a check speaks to the learner


def _is_mistake(
    mistake: Plain, outcomes: Sequence[Outcome], right: Sequence[Plain], tolerance: float
) -> bool:
    return all(
        outcome.equals(expected if stored is None else stored, tolerance)
        for outcome, stored, expected in zip(outcomes, mistake["outcomes"], right, strict=True)
    )


def _report(
    name: str, cases: list[str], outcomes: Sequence[Outcome], known: Plain, tolerance: float
) -> str:
    """Return what is right, what is wrong, and what each wrong case looks like."""
    if all((o.raises or "").startswith("NotImplementedError") for o in outcomes):
        return f"{name} is not written yet: put your code in place of raise NotImplementedError()."
    if all(o.value == {"none": True} for o in outcomes):
        return f"{name} returns None: is there a return at its end?"
    lines: dict[str, list[str]] = {}  # what is said, and the cases of which it is true
    hints: list[str] = []
    for position, (case, outcome) in enumerate(zip(cases, outcomes, strict=True)):
        words = _outcome_in_words(known["right"][position], outcome, tolerance)
        lines.setdefault("right" if words is None else f"wrong: {words}", []).append(case)
        if words is None:
            continue
        # a mistake among several shows in the case where no other mistake looks the same
        like = [
            mistake["message"]
            for mistake in known["mistakes"]
            if mistake["outcomes"][position] is not None
            and outcome.equals(mistake["outcomes"][position], tolerance)
        ]
        if len(like) == 1 and like[0] not in hints:
            hints.append(like[0])
    return "\n".join(
        [f"{name} is not right yet."]
        + [f"  {'; '.join(found)}: {words}" for words, found in lines.items()]
        + [f"One thing that looks familiar: {hint}" for hint in hints]
    )


# --- hidden checks ------------------------------------------------------------------------------


def grading_rng() -> np.random.Generator:
    """Return a generator from the instructor's seed, or from fresh entropy, and print the seed."""
    text = os.environ.get(SEED_VARIABLE, "").strip()
    if text and not text.isdecimal():
        raise ValueError(f"{SEED_VARIABLE}: expected a whole number, at least 0, got {text!r}")
    seed = int(text) if text else int(np.random.SeedSequence().generate_state(1)[0])
    _say(f"fresh inputs from {SEED_VARIABLE}={seed}")
    return np.random.default_rng(seed)


def agree(
    function: Callable[..., Any],
    reference: Callable[..., Any],
    draw: Callable[[np.random.Generator], Any],
    *,
    draws: int = 6,
    tolerance: float = 1e-5,
) -> None:
    """Compare a learner's function with an independent reference on fresh inputs.

    Parameters
    ----------
    function, reference : callable
        The learner's, and one that reaches the same values by another route.
    draw : callable
        Makes one case (a tuple, a dict or a single value) from a generator; sizes vary too.
    draws : int
        How many cases.
    tolerance : float
        As in `examine`.

    Raises
    ------
    Failed
        If one case differs. The message holds shapes, and no expected value.
    """
    rng = grading_rng()
    name = _name(function)
    for _ in range(draws):
        case = draw(rng)
        expected, _ = call(reference, case)
        if expected.value is None:
            raise RuntimeError(f"the reference for {name} failed: {expected.raises}")
        outcome, _ = call(function, case)
        if outcome.equals(expected.stored(), tolerance):
            continue
        if outcome.value is None:
            words = _outcome_in_words(expected.stored(), outcome, tolerance)
        elif outcome.changes:
            words = f"it changes its argument {', '.join(outcome.changes)}"
        else:
            words = _shapes_differ(expected.value, outcome.value)
        raise Failed(
            f"{name} is right on the visible example, but not on fresh inputs "
            f"({_sizes(function, case)}): {words}. Does something in it hold for the "
            "example's numbers or sizes only?"
        )
    _say(f"{name}: right on {draws} fresh inputs.")


def _name(function: Callable[..., Any]) -> str:
    name = str(getattr(function, "__name__", "<none>"))
    return "your answer" if name.startswith("<") else name


def _shapes_differ(expected: Plain, got: Plain) -> str:
    same_kind = _kind(expected) == _kind(got) or not expected.get("shape", True)
    return "its values differ" if same_kind else f"expected {_kind(expected)}, got {_kind(got)}"


def _sizes(function: Callable[..., Any], case: Any) -> str:
    if isinstance(case, dict):
        pairs = list(case.items())
    else:
        args = case if isinstance(case, tuple) else (case,)
        pairs = list(zip(_argument_names(function, len(args)), args, strict=True))
    words = []
    for name, value in pairs:
        shape = getattr(value, "shape", None)
        if shape is not None and len(shape):
            words.append(f"{name} of shape {tuple(int(size) for size in shape)}")
        elif isinstance(value, list | str):
            words.append(f"{name} of length {len(value)}")
        else:
            words.append(f"{name} = {value!r}"[:60])
    return ", ".join(words) or "no arguments"


# --- measured tasks -----------------------------------------------------------------------------


def at_least(name: str, value: float, threshold: float) -> None:
    """Print a measured value that reaches its threshold; raise Failed for one that does not."""
    _reach(name, value, threshold, "at least", float(value) >= threshold)


def at_most(name: str, value: float, threshold: float) -> None:
    """Print a measured value that stays under its threshold; raise Failed for one above it."""
    _reach(name, value, threshold, "at most", float(value) <= threshold)


def _reach(name: str, value: float, threshold: float, words: str, reached: bool) -> None:
    if not reached:
        raise Failed(f"{name}: {float(value):.4g}, needed {words} {threshold:.4g}.")
    _say(f"{name}: {float(value):.4g}, needed {words} {threshold:.4g}: reached.")


def accuracy(predict: Callable[[Any], Any], inputs: Any, targets: Any) -> float:
    """Return the share of inputs for which a learner's function gives the right class.

    Parameters
    ----------
    predict : callable
        Takes all the inputs, returns one class index for each: a list, an array or a tensor.
    inputs : list, array or tensor
        N inputs.
    targets : array or tensor of int, shape (N,)
        The classes.

    Raises
    ------
    Failed
        If `predict` stops, or returns anything but N whole numbers.
    """
    name = _name(predict)
    expected = np.asarray(targets)
    outcome, _ = call(predict, (inputs,))
    if outcome.value is None:
        at = f" at {outcome.where}" if outcome.where else ""
        raise Failed(f"{name} stopped{at}: {outcome.raises}")
    came = _array(outcome.value)
    if came is None or came.shape != expected.shape or not np.array_equal(came, np.rint(came)):
        raise Failed(
            f"{name}: expected one class index for each of the {len(expected)} inputs, "
            f"got {_kind(outcome.value)}"
        )
    return float((came == expected).mean())
