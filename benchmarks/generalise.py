"""Trains recurrent networks and Transformers on short sequences and asks them longer ones.

Two tasks: the parity of all bits so far, and the value that belongs to a key among pairs. The
networks are those of section 9.13 of chapter 9, with more updates and more seeds.

    python benchmarks/generalise.py [--seeds 5] [--write]
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from _shared import machine, mean_deviation
from torch import Tensor, nn

from rnn_utils import attention

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "benchmarks" / "generalise.md"
KEYS, VALUES = 64, 4
UPDATES, WIDTH, HEADS, LAYERS, BATCH, RATE = 1000, 32, 4, 2, 64, 3e-3


def parity(examples: int, steps: int, draw: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return bits (N, T) and, for each step, the parity of the bits so far."""
    bits = torch.randint(2, (examples, steps), generator=draw)
    return bits, bits.cumsum(1) % 2


def recall(examples: int, steps: int, draw: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return pairs of key and value, then one of the keys; -100 but for its value at the end."""
    keys = torch.rand(examples, KEYS, generator=draw).argsort(1)[:, :steps]  # no key twice
    values = torch.randint(VALUES, (examples, steps), generator=draw)
    asked = torch.randint(steps, (examples, 1), generator=draw)
    tokens = torch.cat([KEYS + keys * VALUES + values, keys.gather(1, asked)], dim=1)
    targets = torch.full_like(tokens, -100)
    targets[:, -1:] = values.gather(1, asked)
    return tokens, targets


#: name: draw, vocabulary, longest in training, lengths that are asked
TASKS: dict[str, tuple[Callable[..., tuple[Tensor, Tensor]], int, int, tuple[int, ...]]] = {
    "parity": (parity, 2, 10, (5, 8, 10, 11, 12, 15, 20, 40)),
    "recall": (recall, KEYS * (VALUES + 1), 8, (4, 8, 12, 16, 24, 32, 48, 64)),
}


class Recurrent(nn.Module):
    """An embedding, one recurrent layer, a linear map."""

    def __init__(self, vocabulary: int, layer: type[nn.RNNBase]) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, WIDTH)
        self.layer = layer(WIDTH, WIDTH, batch_first=True)
        self.head = nn.Linear(WIDTH, vocabulary)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return logits (B, T, V)."""
        return self.head(self.layer(self.embedding(tokens))[0])


def transformer(positions: str) -> Callable[[int], nn.Module]:
    """Return what makes a causal Transformer with those positions."""
    return lambda vocabulary: attention.Transformer(
        vocabulary, WIDTH, HEADS, LAYERS, positions=positions
    )


MODELS: dict[str, Callable[[int], nn.Module]] = {
    "RNN": lambda vocabulary: Recurrent(vocabulary, nn.RNN),
    "LSTM": lambda vocabulary: Recurrent(vocabulary, nn.LSTM),
    "Transformer, sinusoidal": transformer("sinusoidal"),
    "Transformer, no positions": transformer("none"),
}


def run(task: str, name: str, seed: int) -> list[float]:
    """Train one network and return its share of right last answers at each length."""
    draw, vocabulary, longest, lengths = TASKS[task]
    torch.manual_seed(seed)
    data = torch.Generator().manual_seed(seed)
    model = MODELS[name](vocabulary)
    optimiser = torch.optim.Adam(model.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, UPDATES)
    for _ in range(UPDATES):
        steps = int(torch.randint(1, longest + 1, (1,), generator=data))
        tokens, targets = draw(BATCH, steps, data)
        loss = nn.functional.cross_entropy(model(tokens).transpose(1, 2), targets)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
    shares = []
    for steps in lengths:
        tokens, targets = draw(1000, steps, torch.Generator().manual_seed(10_000))
        with torch.no_grad():
            said = model(tokens)[:, -1].argmax(-1)
        shares.append((said == targets[:, -1]).float().mean().item())
    return shares


def main() -> None:
    """Print the tables, and write them where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    torch.set_num_threads(1)
    began = time.process_time()
    lines = []
    for task, (_, vocabulary, longest, lengths) in TASKS.items():
        lines += [
            "",
            f"## {task}: trained up to {longest}",
            "",
            "| model | parameters | " + " | ".join(map(str, lengths)) + " |",
            "|---|---:|" + "---:|" * len(lengths),
        ]
        for name, make in MODELS.items():
            shares = [run(task, name, seed) for seed in range(options.seeds)]
            count = sum(weight.numel() for weight in make(vocabulary).parameters())
            cells = [mean_deviation(row, 2) for row in zip(*shares, strict=True)]
            lines.append(f"| {name} | {count:,} | " + " | ".join(cells) + " |")
            print(lines[-1], flush=True)
    head = [
        "# What a recurrent network and a Transformer do beyond the lengths of training",
        "",
        f"`python benchmarks/generalise.py --seeds {options.seeds} --write`",
        "",
        f"Seeds 0 to {options.seeds - 1}; {UPDATES:,} updates of {BATCH} examples, lengths drawn "
        f"evenly from 1 to the longest, Adam with rate {RATE} falling to 0 by a cosine. Width "
        f"{WIDTH}; one recurrent layer, or {LAYERS} Transformer layers of {HEADS} heads. Share of "
        f"right last answers over 1,000 new sequences at each length: mean and standard deviation "
        f"over the seeds. Guessing gives 0.50 for parity and {1 / VALUES:.2f} for recall.",
        "",
        f"One thread, {time.process_time() - began:.0f} s of CPU on {machine()}.",
    ]
    text = "\n".join(head + lines) + "\n"
    if options.write:
        PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
