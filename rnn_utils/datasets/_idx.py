"""Reads the idx format of MNIST."""

from __future__ import annotations

import math
import struct

import numpy as np

_UBYTE = 0x08


def parse_idx(data: bytes, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return the array that an idx file of unsigned bytes holds.

    The file is two zero bytes, a type, the number of axes, each axis's size as a big-endian
    32-bit number, then the values, last axis fastest.

    Parameters
    ----------
    data : bytes
        The uncompressed file.
    name : str
        What the errors call it.

    Raises
    ------
    ValueError
        If it does not begin as idx files do, holds other than bytes, or is too short or too long.
    """
    if len(data) < 4 or data[:2] != b"\x00\x00":
        came = data[:4].hex(" ") or "nothing"
        raise ValueError(f"{name}: expected an idx file, which begins 00 00, got {came}")
    kind, axes = data[2], data[3]
    if kind != _UBYTE:
        raise ValueError(f"{name}: expected unsigned bytes (type 08), got type {kind:02x}")
    start = 4 + 4 * axes
    if len(data) < start:
        raise ValueError(f"{name}: expected {start} bytes of header, got {len(data)}: cut short")
    shape = struct.unpack(f">{axes}I", data[4:start])
    expected = start + math.prod(shape)
    if len(data) != expected:
        wrong = "cut short" if len(data) < expected else "too long"
        raise ValueError(
            f"{name}: expected {expected} bytes for shape {shape}, got {len(data)}: {wrong}"
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)
