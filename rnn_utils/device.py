"""Where tensors live, and which random numbers are drawn."""

from __future__ import annotations

import os
import platform
import random

import numpy as np
import torch

_KINDS = ("cuda", "mps", "cpu")


def pick(prefer: str | torch.device | None = None) -> torch.device:
    """Return the device to compute on: CUDA where there is one, then Apple's MPS, then the CPU.

    The environment variable `RNN_UTILS_DEVICE` overrides both the order and `prefer`, so that
    a whole chapter or a test run moves to another device without a changed line.

    Parameters
    ----------
    prefer : str or torch.device, optional
        A device asked for by name, such as ``"cpu"`` or ``"cuda:1"``.

    Returns
    -------
    torch.device
        A device that this machine has.

    Raises
    ------
    ValueError
        If the device asked for has no such name or is not on this machine.

    References
    ----------
    Chapter: 04_training
    """
    name = "RNN_UTILS_DEVICE" if os.environ.get("RNN_UTILS_DEVICE") else "prefer"
    asked = os.environ.get("RNN_UTILS_DEVICE") or prefer
    if asked is None:
        return next(torch.device(kind) for kind in _KINDS if _count(kind))
    try:
        device = torch.device(asked)
    except RuntimeError:
        device = None
    if device is None or device.type not in _KINDS:
        raise ValueError(f"{name}: expected one of 'cuda', 'mps', 'cpu', got {str(asked)!r}")
    if (device.index or 0) >= _count(device.type):
        here = ", ".join(repr(kind) for kind in _KINDS if _count(kind))
        raise ValueError(f"{name}: this machine has {here}, got {str(asked)!r}")
    return device


def _count(kind: str) -> int:
    if kind == "cuda":
        return torch.cuda.device_count() if torch.cuda.is_available() else 0
    if kind == "mps":
        return int(torch.backends.mps.is_available())
    return 1


def seed_everything(seed: int) -> None:
    """Seed Python's, NumPy's and torch's random numbers, on every device.

    The same seed gives the same numbers on the same machine, version of torch and number of
    threads; across machines it gives numbers of the same distribution.

    Parameters
    ----------
    seed : int
        At least 0 and below 2**32, the range of NumPy's generator.

    Raises
    ------
    ValueError
        If the seed is outside that range.

    References
    ----------
    Chapter: 04_training
    """
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed: expected an integer from 0 to 2**32 - 1, got {seed!r}")
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - libraries that draw from the global generator
    torch.manual_seed(seed)  # every CUDA and MPS device too


def describe() -> str:
    """Return one line that names Python, torch, the device and the number of CPU threads.

    Returns
    -------
    str
        Such as ``"Python 3.11.9, torch 2.13.0, cpu (x86_64), 2 threads"``.

    References
    ----------
    Chapter: 04_training
    """
    device = pick()
    chip = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
    return (
        f"Python {platform.python_version()}, torch {torch.__version__}, "
        f"{device} ({chip}), {torch.get_num_threads()} threads"
    )
