"""Plain data to bytes and back, with every type, size and shape checked on arrival.

A frame is four bytes of length, a JSON header, then raw buffers in the order in which the header
names them. In the header None, bools, ints, floats and strings stand for themselves; anything else
is a list whose first item is a tag. Nothing that arrives can name code.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
import reprlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

MESSAGE = 256 * 2**20  # bytes of a frame
HEADER = 64 * 2**20  # bytes of a header; strings travel in it, so all of them together fit in here
DEPTH = 50  # lists in lists
NODES = 10**6  # containers, arrays, tensors; on arrival every bracket counts, those in strings too
ITEMS = 5 * 10**6  # scalars, so that a long flat list is no trouble; on arrival every comma counts
DIMS = 32
DIGITS = 4000  # of an int
SAME_HASH = 100  # keys of one dict, or items of one set, that share a hash: more make it crawl

Refer = Callable[[Any], dict[str, Any]]
Resolve = Callable[..., Any]

_CONTAINERS: tuple[tuple[str, type, Callable[[Any], Any]], ...] = (
    ("list", list, list.__iter__),
    ("size", torch.Size, tuple.__iter__),
    ("tuple", tuple, tuple.__iter__),
    ("set", set, set.__iter__),
    ("frozenset", frozenset, frozenset.__iter__),
)
_SCALARS = {type(None), bool, int, float, str}
_TOO_LONG = 10**DIGITS
_KINDS = {"b": [1], "i": [1, 2, 4, 8], "u": [1, 2, 4, 8], "f": [2, 4, 8], "c": [8, 16]}
_ARRAYS = {
    f"{kind}{size}": np.dtype(f"<{kind}{size}") for kind, sizes in _KINDS.items() for size in sizes
}
_WIDTH = re.compile(r"U([1-9][0-9]{0,8})", re.ASCII)
_DTYPES = {str(item)[6:]: item for item in vars(torch).values() if type(item) is torch.dtype}
_TENSORS = {
    name: dtype
    for name, dtype in _DTYPES.items()
    if re.fullmatch("bool|u?int(8|16|32|64)|b?float(16|32|64|8_.*)|complex(64|128)", name)
}
_TRAITS = ("dtype", "layout", "device", "requires_grad", "is_quantized", "is_nested")
_DEVICES = ("cpu", "cuda", "mps", "meta", "xpu")


class WireError(ValueError):
    """A value that cannot be sent, or bytes that are no value."""


def dumps(value: Any, refer: Refer | None = None) -> bytes:
    """Return a value as one frame.

    Parameters
    ----------
    value : object
        Plain data. An object of a subclass is sent as the plain value that it holds.
    refer : callable, optional
        Gives the JSON-able dict that stands for any other object. That of a named tuple, a
        defaultdict or another container of a subclass goes along with its plain value.

    Raises
    ------
    WireError
        If something in it cannot be sent, or it is too large.
    """
    return _Writer(refer).frame(value)


def loads(data: bytes, resolve: Resolve | None = None) -> Any:
    """Return the value in a frame, made of exactly the plain types.

    Parameters
    ----------
    data : bytes
        The frame; nothing in it is trusted.
    resolve : callable, optional
        Gives the object for a dict that `refer` gave, and for a container's plain value, if that
        is what it is called with too. The dict is any JSON that the sender chose.

    Raises
    ------
    WireError
        If the bytes are not exactly one frame within the limits, or `resolve` fails.
    """
    try:
        return _Reader(data, resolve).value()
    except WireError:
        raise
    except Exception as error:
        came = f"{type(error).__name__}: {str(error)[:200]}"
        raise WireError(f"expected a frame, got {came}") from error


def _name(value: Any) -> str:
    return str(type.__dict__["__qualname__"].__get__(type(value)))


def _check_header(header: bytes) -> None:
    """Refuse what would take too much memory once parsed."""
    if len(header) > HEADER:
        raise WireError(f"expected a header of at most {HEADER} bytes, got {len(header)}")
    if (nodes := header.count(b"[") + header.count(b"{")) > NODES:
        raise WireError(f"expected at most {NODES} containers, got {nodes}")
    if (items := header.count(b",")) > ITEMS + NODES:
        raise WireError(f"expected at most {ITEMS} items, got {items}")


class _Writer:
    """Packs one value. Types are told by `type`, contents read by the base class's own methods."""

    def __init__(self, refer: Refer | None) -> None:
        self.refer = refer
        self.buffers: list[bytes] = []
        self.bytes = self.nodes = self.items = 0

    def frame(self, value: Any) -> bytes:
        node = self.pack(value, 0)
        try:
            text = json.dumps(node, ensure_ascii=False, check_circular=False, separators=(",", ":"))
        except ValueError as error:
            raise WireError(f"expected a reference made of JSON, got {error}") from error
        header = text.encode("utf-8", "surrogatepass")
        _check_header(header)
        self.room(4 + len(header))
        return b"".join([len(header).to_bytes(4, "big"), header, *self.buffers])

    def room(self, size: int) -> None:
        self.bytes += size
        if self.bytes > MESSAGE:
            raise WireError(f"expected a message of at most {MESSAGE} bytes, got {self.bytes}")

    def pack(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind in _SCALARS:
            return self.scalars([value])[0]
        self.nodes += 1
        if self.nodes > NODES:
            raise WireError(f"expected at most {NODES} containers, got more")
        if depth >= DEPTH:
            raise WireError(f"expected at most {DEPTH} levels of nesting, got more, or a cycle")
        for tag, base, items_of in _CONTAINERS:
            if issubclass(kind, base):
                packed = self.pack_all(tag, list(items_of(value)), depth)
                return packed if kind is base else self.of(value, packed, depth)
        if issubclass(kind, dict):
            flat = [part for pair in dict.items(value) for part in pair]
            packed = self.pack_all("dict", flat, depth)
            return packed if kind is dict else self.of(value, packed, depth)
        if kind is range:
            _check_range(value)
        if kind in (range, slice):
            parts = [value.start, value.stop, value.step]
            return self.pack_all(kind.__name__, parts, depth)
        if issubclass(kind, np.ndarray):
            return ["array", *self.array(np.asarray(value))]
        if issubclass(kind, bytes):
            plain = bytes.__getitem__(value, slice(None))
            self.room(len(plain))
            self.buffers.append(plain)
            return ["bytes", len(plain)]
        if issubclass(kind, np.generic):
            return ["scalar", *self.array(np.generic.__array__(value))[:1]]
        if issubclass(kind, torch.Tensor):
            return self.tensor(value)
        for base, plain_of in ((int, int.__index__), (float, float.__float__), (str, str.__str__)):
            if issubclass(kind, base):
                return self.scalars([plain_of(value)])[0]
        if issubclass(kind, complex):
            plain_complex = complex.__complex__(value)
            return ["complex", plain_complex.real, plain_complex.imag]
        if kind is torch.dtype:
            return ["dtype", str(value)[6:]]
        if kind is torch.device:
            return ["device", value.type, value.index]
        if self.refer is None:
            raise WireError(f"an object of type {_name(value)} cannot be sent")
        if type(reference := self.refer(value)) is not dict:
            raise WireError(f"expected a dict as a reference, got {_name(reference)}")
        return ["ref", _check_json(reference, depth)]

    def of(self, value: Any, packed: list[Any], depth: int) -> list[Any]:
        """Put a reference to a container of a subclass beside what it holds, if there is one."""
        if self.refer is None:
            return packed
        try:
            return ["of", _check_json(self.refer(value), depth), packed]
        except WireError:
            return packed

    def scalars(self, values: list[Any]) -> list[Any]:
        self.items += len(values)
        if self.items > ITEMS:
            raise WireError(f"expected at most {ITEMS} items, got {self.items}")
        ints = [item for item in values if type(item) is int]
        if ints and not -_TOO_LONG < min(ints) <= max(ints) < _TOO_LONG:
            raise WireError(f"expected ints of at most {DIGITS} digits, got a longer one")
        return values

    def pack_all(self, tag: str, values: list[Any], depth: int) -> list[Any]:
        """Pack the items of a container; scalars, which may be many, need no call each."""
        if set(map(type, values)) <= _SCALARS:
            return [tag, *self.scalars(values)]
        return [tag, *[self.pack(item, depth + 1) for item in values]]

    def array(self, plain: np.ndarray[Any, Any]) -> list[Any]:
        code = plain.dtype.kind + str(plain.dtype.itemsize)
        if plain.dtype.kind == "U":
            code = f"U{max(1, plain.dtype.itemsize // 4)}"
        elif code not in _ARRAYS:
            raise WireError(f"an array of dtype {plain.dtype} cannot be sent")
        _check_shape(list(plain.shape), plain.dtype.itemsize)
        little = plain.astype(np.dtype(f"<{code}"), copy=False)
        self.room(little.nbytes)
        self.buffers.append(little.tobytes())
        return [code, *plain.shape]

    def tensor(self, value: torch.Tensor) -> list[Any]:
        with torch._C.DisableTorchFunctionSubclass():
            own = {name: vars(torch._C.TensorBase)[name].__get__(value) for name in _TRAITS}
        name = str(own["dtype"])[6:]
        dense = own["layout"] is torch.strided and own["device"].type != "meta"
        if not dense or own["is_quantized"] or own["is_nested"] or name not in _TENSORS:
            traits = ", ".join(f"{key} {trait}" for key, trait in own.items())
            raise WireError(f"a tensor that is not dense and plain cannot be sent: {traits}")
        with torch._C.DisableTorchFunctionSubclass():
            try:
                plain = torch.Tensor.detach(value).as_subclass(torch.Tensor)
                shape = [int(size) for size in plain.shape]
                self.room(_check_shape(shape, plain.element_size()))
                plain = plain.resolve_conj().resolve_neg().cpu()
                flat = plain.clone(memory_format=torch.contiguous_format).reshape(-1)
                self.buffers.append(flat.view(torch.uint8).numpy().tobytes())
            except (RuntimeError, TypeError) as error:
                raise WireError(f"a {_name(value)} cannot be sent: {error}") from error
        return ["tensor", name, own["requires_grad"], *shape]


def _check_shape(shape: list[int], itemsize: int) -> int:
    """Return how many bytes an array takes; an empty one must be small in its other sizes too."""
    if len(shape) > DIMS:
        raise WireError(f"expected at most {DIMS} dimensions, got {len(shape)}")
    if not all(type(size) is int and 0 <= size <= MESSAGE for size in shape):
        raise WireError(f"expected sizes from 0 to {MESSAGE}, got {reprlib.repr(shape)}")
    if math.prod(size or 1 for size in shape) * itemsize > MESSAGE:
        raise WireError(f"expected an array of at most {MESSAGE} bytes, got shape {shape}")
    return math.prod(shape) * itemsize


def _check_range(numbers: range) -> range:
    """Refuse a range whose list would fill the memory."""
    if numbers[ITEMS:]:
        raise WireError(f"expected a range of at most {ITEMS} numbers, got a longer one")
    return numbers


def _check_json(value: Any, depth: int) -> Any:
    """Return a reference's dict if it is JSON within the limits."""
    if depth >= DEPTH:
        raise WireError(f"expected a reference of at most {DEPTH} levels, got more")
    if type(value) is dict and all(type(key) is str for key in value):
        parts = list(value.values())
    elif type(value) is list:
        parts = value
    else:
        raise WireError(f"expected a reference made of JSON, got {_name(value)}")
    for part in parts:
        if type(part) not in _SCALARS:
            _check_json(part, depth + 1)
    return value


def _parse_int(digits: str) -> int:
    if len(digits) <= DIGITS or len(digits.lstrip("-")) <= DIGITS:
        return int(digits)
    raise WireError(f"expected an int of at most {DIGITS} digits, got {len(digits)}")


def _parse_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(parsed := dict(pairs)) != len(pairs):
        raise WireError("expected a reference without a key twice")
    return parsed


class _Reader:
    """Unpacks one untrusted value. Buffers are taken in turn, so that none can overlap."""

    def __init__(self, data: bytes, resolve: Resolve | None) -> None:
        self.resolve = resolve
        view = memoryview(data).cast("B")
        if len(view) > MESSAGE:
            raise WireError(f"expected a message of at most {MESSAGE} bytes, got {len(view)}")
        end = 4 + int.from_bytes(view[:4], "big")
        if len(view) < 4 or len(view) < end:
            raise WireError(f"expected a frame with a header of {end - 4} bytes, got {len(view)}")
        header = bytes(view[4:end])
        _check_header(header)
        text = header.decode("utf-8", "surrogatepass")
        self.node = json.loads(
            text, parse_int=_parse_int, parse_constant=float, object_pairs_hook=_parse_object
        )
        self.rest = view[end:]

    def value(self) -> Any:
        value = self.unpack(self.node, 0)
        if len(self.rest):
            raise WireError(f"expected the end of the frame, got {len(self.rest)} more bytes")
        return value

    def take(self, size: Any) -> memoryview:
        if type(size) is not int or not 0 <= size <= len(self.rest):
            came = f"{reprlib.repr(size)} with {len(self.rest)} left"
            raise WireError(f"expected the size of a buffer, got {came}")
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def unpack(self, node: Any, depth: int) -> Any:
        if type(node) in _SCALARS:
            return node
        if type(node) is not list or not node or type(node[0]) is not str:
            raise WireError(f"expected a list with a tag, got {reprlib.repr(node)}")
        if depth >= DEPTH:
            raise WireError(f"expected at most {DEPTH} levels of nesting, got more")
        tag, *parts = node
        match tag:
            case "list":
                return self.unpack_all(parts, depth)
            case "tuple":
                return tuple(self.unpack_all(parts, depth))
            case "dict" if len(parts) % 2 == 0:
                items = self.unpack_all(parts, depth)
                return dict(zip(_check_keys(items[::2]), items[1::2], strict=True))
            case "set":
                return set(_check_keys(self.unpack_all(parts, depth)))
            case "frozenset":
                return frozenset(_check_keys(self.unpack_all(parts, depth)))
            case "array":
                return self.array(parts)
            case "scalar" if len(parts) == 1:
                return self.array(parts)[()]
            case "tensor" if len(parts) >= 2:
                return self.tensor(parts)
            case "bytes" if len(parts) == 1:
                return bytes(self.take(parts[0]))
            case "complex" if list(map(type, parts)) == [float, float]:
                return complex(*parts)
            case "range" if list(map(type, parts)) == [int] * 3 and parts[2]:
                return _check_range(range(*parts))
            case "slice" if len(parts) == 3:
                return slice(*self.unpack_all(parts, depth))
            case "size" if all(type(size) is int and 0 <= size < 2**63 for size in parts):
                return torch.Size(parts)
            case "dtype" if len(parts) == 1 and type(parts[0]) is str and parts[0] in _DTYPES:
                return _DTYPES[parts[0]]
            case "device" if len(parts) == 2 and parts[0] in _DEVICES:
                kind, index = parts
                if index is None or (type(index) is int and 0 <= index < 128):
                    return torch.device(kind) if index is None else torch.device(kind, index)
            case "ref" if len(parts) == 1 and type(parts[0]) is dict and self.resolve:
                return self.resolve(_check_json(parts[0], depth))
            case "of" if len(parts) == 2 and type(parts[0]) is dict and self.resolve:
                held = self.unpack(parts[1], depth + 1)
                return self.resolve(_check_json(parts[0], depth), held)
        raise WireError(f"expected a known tag with its parts, got {reprlib.repr(node)}")

    def unpack_all(self, nodes: list[Any], depth: int) -> list[Any]:
        """Unpack the items of a container; a flat list of scalars is its own value."""
        if set(map(type, nodes)) <= _SCALARS:
            return nodes
        return [self.unpack(node, depth + 1) for node in nodes]

    def array(self, parts: list[Any]) -> np.ndarray[Any, Any]:
        code, shape = parts[0] if parts and type(parts[0]) is str else "", parts[1:]
        wide = _WIDTH.fullmatch(code)
        if not wide and code not in _ARRAYS:
            raise WireError(f"expected a dtype of arrays, got {reprlib.repr(parts[:1])}")
        itemsize = 4 * int(wide[1]) if wide else _ARRAYS[code].itemsize
        raw = np.frombuffer(self.take(_check_shape(shape, itemsize)), np.uint8).copy()
        if code == "b1" and raw.max(initial=0) > 1:
            raise WireError("expected bools of 0 and 1, got other bytes")
        if wide and raw.view("<u4").max(initial=0) > 0x10FFFF:
            raise WireError("expected code points of Unicode, got larger numbers")
        return raw.view(f"<{code}").reshape(shape)

    def tensor(self, parts: list[Any]) -> torch.Tensor:
        name, grows, *shape = parts
        dtype = _TENSORS.get(name) if type(name) is str else None
        if dtype is None or type(grows) is not bool:
            raise WireError(f"expected a dtype and a bool, got {reprlib.repr([name, grows])}")
        if grows and not (dtype.is_floating_point or dtype.is_complex):
            raise WireError(f"expected a dtype that has gradients, got {name}")
        raw = np.frombuffer(self.take(_check_shape(shape, dtype.itemsize)), np.uint8)
        if dtype is torch.bool and raw.max(initial=0) > 1:
            raise WireError("expected bools of 0 and 1, got other bytes")
        flat = torch.empty(len(raw), dtype=torch.uint8, device="cpu")
        flat.numpy()[:] = raw
        return flat.view(dtype).reshape(shape).requires_grad_(grows)


def _check_keys(keys: list[Any]) -> list[Any]:
    """Refuse keys that come twice, or so many of one hash that a dict of them would crawl."""
    if len(keys) > SAME_HASH and max(Counter(map(hash, keys)).values()) > SAME_HASH:
        raise WireError(f"expected at most {SAME_HASH} keys that share a hash, got more")
    if len(set(keys)) != len(keys):
        raise WireError("expected keys that differ, got one twice")
    return keys


# --- arguments that a call changes --------------------------------------------------------------


def snapshot(args: Sequence[Any], kwargs: Mapping[str, Any], refer: Refer) -> list[bytes | None]:
    """Return each argument as bytes, or None where it cannot be sent."""
    states: list[bytes | None] = []
    for value in (*args, *kwargs.values()):
        try:
            states.append(dumps(value, refer))
        except WireError:
            states.append(None)
    return states


def changes(
    before: list[bytes | None], args: Sequence[Any], kwargs: Mapping[str, Any], refer: Refer
) -> list[tuple[int | str, Any]]:
    """Return place or name, and value, of each argument that differs from its snapshot."""
    after = snapshot(args, kwargs, refer)
    values: list[tuple[int | str, Any]] = [*enumerate(args), *kwargs.items()]
    pairs = zip(values, before, after, strict=True)
    return [value for value, old, new in pairs if old != new and new is not None]


def overwrite(old: Any, new: Any) -> None:
    """Make an argument what a call has made of it; what cannot be changed in place stays."""
    if type(old) is not type(new):
        return
    if isinstance(old, torch.Tensor | np.ndarray):
        if old.shape == new.shape and old.dtype == new.dtype:
            with torch.no_grad(), contextlib.suppress(ValueError, RuntimeError):  # read-only
                old[...] = new
    elif isinstance(old, list):
        old[:] = new
    elif isinstance(old, dict | set):
        old.clear()
        old.update(new)
    if isinstance(old, list | dict | set) and type(old) not in (list, dict, set):
        vars(old).update(vars(new))
