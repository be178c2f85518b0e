"""The grading side's view of a learner's names: stand-ins that call across the boundary."""

from __future__ import annotations

import base64
import dataclasses
import inspect
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

import numpy as np
import torch
from torch import nn

from rnn_utils import datasets
from rnn_utils.grading import sandbox, wire

GRACE = 5.0  # seconds that an interrupted learner has to stop
LONGEST = 200  # characters of a name that comes from the other side
WORDS = 4000  # characters of an exception's message
PRINTED = 10**6  # characters that one call prints
SHOWN = 2 * 10**7  # characters that all cells together show, pictures in base64 included
PIECE = 2**24  # bytes of a file that are sent at once
OUTPUTS = 300  # outputs of one cell
PICTURES = ("image/png", "image/jpeg")
MAGIC = (b"\x89PNG", b"\xff\xd8")  # how the bytes of a PNG and of a JPEG begin


# what holds the plain value of a named tuple, a defaultdict and the like, and knows the original
KEPT: dict[type, Any] = {
    base: type(base.__name__, (base,), {}) for base in (list, tuple, dict, set, frozenset)
}


class LearnerError(Exception):
    """What a learner's function stopped with; its class bears the name of the original."""

    learners_line = ""


class OutOfTime(BaseException):
    """A cell took too long; no check may catch this."""


class Ended(BaseException):
    """The learner's process is gone; no check may catch this."""


def _word(value: Any, usual: str) -> str:
    """Return a name from the other side if it is one."""
    fine = type(value) is str and value.isidentifier() and len(value) <= LONGEST
    return value if fine else usual


class Learner:
    """One learner's process, seen from the grading side.

    Parameters
    ----------
    link : sandbox.Link
        The channel to the process.

    Attributes
    ----------
    deadline : float
        The time, by `time.monotonic`, after which every request is broken off.
    """

    def __init__(self, link: sandbox.Link) -> None:
        self.link = link
        self.deadline = time.monotonic()
        self._offered: list[Callable[..., Any]] = []
        self._room = SHOWN

    def run(self, source: str) -> tuple[list[dict[str, Any]], bool]:
        """Run a cell; return its outputs as a notebook holds them, and whether it succeeded."""
        answer = self.request({"do": "cell", "source": source})
        outputs, self._room = _outputs(answer.get("outputs"), self._room)
        return outputs, answer.get("ok") is True

    def put(self, name: str, data: bytes) -> None:
        """Write a file into the learner's work folder."""
        for start in range(0, max(len(data), 1), PIECE):
            piece = {"do": "file", "name": name, "data": data[start : start + PIECE]}
            answer = self.request(piece | {"more": start > 0})
            self._value(answer | {"printed": ""})

    def names(self, names: Sequence[str]) -> dict[str, Any]:
        """Return a stand-in, or the plain value, for each of these names that the learner has."""
        if not names:
            return {}
        found = self._value(self.request({"do": "names", "names": list(names)}))
        if type(found) is not dict:
            raise Ended("it answered a question for names with something else")
        return {name: found[name] for name in names if name in found}

    def call(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call what the learner defined; arguments that it changes are changed here too."""
        asked = {"do": "call", "target": target, "args": args, "kwargs": kwargs}
        answer = self.request(asked | {"grad": torch.is_grad_enabled()})
        for change in _items(answer.get("changed")):
            if type(change) is tuple and len(change) == 2:
                place, new = change
                if type(place) is int and 0 <= place < len(args):
                    wire.overwrite(args[place], new)
                elif type(place) is str and place in kwargs:
                    wire.overwrite(kwargs[place], new)
        return self._value(answer)

    def get(self, target: Any, name: str) -> Any:
        """Read an attribute of an object on the learner's side."""
        return self._value(self.request({"do": "get", "target": target, "name": name}))

    def next(self, target: Any) -> Any:
        """Take one step of an iterator on the learner's side: (first, item), or None at its end."""
        return self._value(self.request({"do": "next", "target": target}))

    def request(self, message: dict[str, Any]) -> dict[str, Any]:
        """Send one request and return the answer to it, serving callbacks meanwhile.

        Raises
        ------
        OutOfTime
            If the answer does not come before the deadline.
        Ended
            If the process is gone, or what it sends is no answer.
        """
        offered = len(self._offered)
        try:
            self._send(message)
            while True:
                answer = self._receive()
                if answer.get("do") != "callback":
                    return answer
                try:
                    self._send(self._serve(answer))
                except OutOfTime:  # it waits, and would take the next request for its answer
                    self._stop()
                    raise
        finally:
            del self._offered[offered:]  # a callback may be called as long as its call lasts

    def _send(self, message: dict[str, Any]) -> None:
        if time.monotonic() >= self.deadline:
            raise OutOfTime
        data = wire.dumps(message, self._refer)
        try:
            self.link.send(data)
        except sandbox.Gone as gone:
            raise Ended(str(gone)) from None

    def _receive(self) -> dict[str, Any]:
        try:
            try:
                data = self.link.receive(max(self.deadline - time.monotonic(), 0))
            except sandbox.Late:
                self._stop()
                raise OutOfTime from None
            answer = wire.loads(data, self._resolve)
        except sandbox.Gone as gone:
            raise Ended(str(gone)) from None
        except (wire.WireError, MemoryError) as error:
            self.link.close()
            raise Ended(f"it sent what is no answer: {str(error) or 'too much at once'}") from None
        if type(answer) is not dict:
            self.link.close()
            raise Ended("it sent what is no answer")
        return answer

    def _stop(self) -> None:
        """Interrupt a request and let it end; a process that goes on all the same is ended."""
        self.link.interrupt()
        try:
            answer = wire.loads(self.link.receive(GRACE), self._resolve)
            stopped = type(answer) is dict and "do" not in answer
        except (sandbox.Late, wire.WireError):
            stopped = False
        if not stopped:
            self.link.close()
            raise OutOfTime("it did not stop when it was interrupted")

    def _serve(self, asked: dict[str, Any]) -> dict[str, Any]:
        number, args, kwargs = asked.get("number"), asked.get("args"), asked.get("kwargs")
        if type(number) is not int or not 0 <= number < len(self._offered):
            return {"error": ("RuntimeError", "there is no such function")}
        if type(args) is not tuple or type(kwargs) is not dict:
            return {"error": ("TypeError", "expected arguments")}
        before = wire.snapshot(args, kwargs, self._refer)
        try:
            answer = {"value": self._offered[number](*args, **kwargs)}
        except Exception as error:
            answer = {"error": (type(error).__name__, str(error))}
        answer |= {"changed": wire.changes(before, args, kwargs, self._refer)}
        try:
            wire.dumps(answer, self._refer)
        except wire.WireError as error:
            return {"error": ("WireError", str(error))}
        return answer

    def _value(self, answer: dict[str, Any]) -> Any:
        printed = answer.get("printed")
        if type(printed) is str:
            sys.stdout.write(printed[:PRINTED])
        error = answer.get("error")
        if error is None:
            return answer.get("value")
        told = error if type(error) is dict else {}
        name = _word(told.get("name"), "Exception")
        message = told.get("message")
        words = message[:WORDS] if type(message) is str else "no message"
        raised = type(name, (LearnerError,), {})(words)
        line = told.get("line")
        raised.learners_line = line[:LONGEST] if type(line) is str else ""
        raise raised

    def _refer(self, value: Any) -> dict[str, Any]:
        """Describe what is no plain data, so that the other side can make something of it."""
        if isinstance(value, StandIn | Handle):
            return {"kept": value._number}
        if isinstance(value, ModelStandIn):
            return {"kept": value._handle._number}
        if type(value) in KEPT.values() and value.frame == self._frame(value):
            return {"kept": value.number}  # unless the check has changed it
        if isinstance(value, datasets.PairList):
            return {"pairs": [list(getattr(value, f.name)) for f in dataclasses.fields(value)]}
        if isinstance(value, np.random.Generator):
            return {"generator": _plain_state(value.bit_generator.state)}
        if callable(value):
            self._offered.append(value)
            name = str(getattr(value, "__name__", "function"))
            return {"callback": len(self._offered) - 1, "name": name}
        raise wire.WireError(f"{type(value).__name__}: a value of this type cannot be sent")

    def _frame(self, kept: Any) -> bytes:
        base: Any = type(kept).__base__
        return sha256(wire.dumps(base(kept), self._refer)).digest()

    def _resolve(self, described: dict[str, Any], held: Any = None) -> Any:
        number = described.get("kept")
        if type(number) is not int or number < 0:
            raise wire.WireError("a reference to nothing")
        if held is not None:
            kept = KEPT[type(held)](held)
            kept.number, kept.frame = number, self._frame(kept)
            return kept
        kind, name = described.get("kind"), _word(described.get("type"), "object")
        if kind == "function":
            return StandIn(self, number, described)
        handle = type(name, (Handle,), {})(self, number)
        return ModelStandIn(handle) if kind == "model" else handle


def _plain_state(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a generator's state with its large integers kept and its arrays as lists."""
    return {
        key: _plain_state(value)
        if isinstance(value, Mapping)
        else (value.tolist() if isinstance(value, np.ndarray) else value)
        for key, value in state.items()
    }


def _items(value: Any) -> list[Any]:
    return value if type(value) is list else []


def _outputs(outputs: Any, room: int) -> tuple[list[dict[str, Any]], int]:
    """Return a cell's outputs made anew from a limited amount of text, and what is left of it."""
    made: list[dict[str, Any]] = []

    def text(value: Any) -> str:
        nonlocal room
        words = value[:room] if type(value) is str else ""
        room -= len(words)
        return words

    for output in _items(outputs)[:OUTPUTS]:
        kind = output.get("output_type") if type(output) is dict else None
        if kind == "stream":
            made.append({"output_type": kind, "name": "stdout", "text": text(output.get("text"))})
        elif kind == "error":
            lines = [text(line) for line in _items(output.get("traceback"))[:OUTPUTS]]
            words = {name: text(output.get(name)) for name in ("ename", "evalue")}
            made.append({"output_type": kind, **words, "traceback": lines})
        elif kind in ("display_data", "execute_result"):
            data = output.get("data")
            given = data if type(data) is dict else {}
            shown = {name: text(given.get(name)) for name in ("text/plain", *PICTURES)}
            fine = {k: v for k, v in shown.items() if v and (k == "text/plain" or _picture(v))}
            new: dict[str, Any] = {"output_type": kind, "data": fine, "metadata": {}}
            if kind == "execute_result":
                new["execution_count"] = None
            made.append(new)
    return made, room


def _picture(text: str) -> bool:
    """Say whether a text is a picture in base64; another could end the tag that it is put in."""
    try:
        return base64.b64decode(text.replace("\n", ""), validate=True).startswith(MAGIC)
    except ValueError:
        return False


class StandIn:
    """A function or class of the learner's: calling it calls the real one, over there."""

    def __init__(self, learner: Learner, number: int, described: dict[str, Any]) -> None:
        self._learner, self._number = learner, number
        self.__name__ = _word(described.get("name"), "<none>")
        self.__signature__ = _signature(described.get("parameters"))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the real one and return what it gives, as plain data."""
        return self._learner.call(self, args, kwargs)

    def __deepcopy__(self, _: Any) -> StandIn:
        return self


def _signature(parameters: Any) -> inspect.Signature:
    """Return a signature with these names and kinds, or one that takes anything."""
    try:
        kinds = list(inspect._ParameterKind)
        made = [inspect.Parameter(_word(n, ""), kinds[k]) for n, k in _items(parameters)]
        return inspect.Signature(made)
    except (TypeError, ValueError, IndexError):
        return inspect.Signature()


class Handle:
    """An object on the learner's side that is no plain data: it can be passed, called, asked."""

    def __init__(self, learner: Learner, number: int) -> None:
        self._learner, self._number = learner, number

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the real one and return what it gives, as plain data."""
        return self._learner.call(self, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r} to be seen here")
        return self._learner.get(self, name)

    def __iter__(self) -> Iterator[Any]:
        target: Any = self
        while (step := self._learner.next(target)) is not None:
            first, item = step if type(step) is tuple and len(step) == 2 else (False, None)
            if first is True and target is self:
                target = item
            else:
                yield item

    def __deepcopy__(self, _: Any) -> Handle:
        return self


class ModelStandIn(nn.Module):
    """A module of the learner's: its weights are read over there, and it is called there."""

    def __init__(self, handle: Handle) -> None:
        super().__init__()
        self._handle: Handle
        object.__setattr__(self, "_handle", handle)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Run the learner's module."""
        return self._handle(*args, **kwargs)

    def train(self, mode: bool = True) -> ModelStandIn:
        """Switch the learner's module to training, or with False to evaluation."""
        if "_handle" in self.__dict__:
            self._handle.train(mode)
        self.training = mode
        return self

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, nn.Parameter]]:
        """Yield the names and the values of the parameters, read from the learner's module."""
        for number, weight in enumerate(self._handle.parameters()):
            if not isinstance(weight, torch.Tensor):
                raise LearnerError("parameters() gives something that is no tensor")
            yield f"{prefix}{number}", nn.Parameter(weight.detach(), requires_grad=False)

    def __deepcopy__(self, _: Any) -> ModelStandIn:
        return self
