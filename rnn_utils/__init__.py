"""The companion package of the course: every model of every chapter, readable and tested."""

from __future__ import annotations

import importlib
from importlib import metadata
from types import ModuleType

from rnn_utils._shadow import refuse_shadow

__all__ = [
    "attention",
    "bptt",
    "checks",
    "datasets",
    "decoding",
    "deep",
    "device",
    "embeddings",
    "gru",
    "language_model",
    "lstm",
    "metrics",
    "plotting",
    "recurrent",
    "rnn",
    "seq2seq",
    "sequences",
    "tagging",
    "text_classification",
    "training",
    "translation",
]

try:
    __version__ = metadata.version("rnn-utils")
except metadata.PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"

refuse_shadow()


def __getattr__(name: str) -> ModuleType:
    """Import a module of the package at its first use, so that `import rnn_utils` stays light."""
    if name in __all__:
        return importlib.import_module(f"rnn_utils.{name}")
    raise AttributeError(f"module 'rnn_utils' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
