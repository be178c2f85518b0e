"""What the tests of RNN, LSTM and GRU beside torch's share: sizes, options and how exact."""

from __future__ import annotations

from typing import Any

import numpy as np

EXACT = {"rtol": 0, "atol": 1e-12}


def sizes(seed: int) -> tuple[np.random.Generator, int, int, int, int]:
    """Draw B, T, D and H, each from 1 to 7."""
    draw = np.random.default_rng(seed)
    return draw, *(int(size) for size in draw.integers(1, 8, size=4))


def layer_options(seed: int, **choices: list[str]) -> dict[str, Any]:
    """Draw the options of a layer, those with named choices among them."""
    draw = np.random.default_rng(1000 + seed)
    return {
        "num_layers": int(draw.integers(1, 4)),
        "bias": bool(draw.integers(2)),
        "bidirectional": bool(draw.integers(2)),
    } | {name: str(draw.choice(words)) for name, words in choices.items()}
