"""Resolves requirements.txt, the lock, from the ranges in pyproject.toml.

One set of versions serves Python 3.11 to 3.13 on Linux and macOS. The accelerator libraries that
torch brings on Linux are left out: which of them are wanted depends on the build of torch.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TORCH = "torch==2.13.0"
HEADER = """\
# The lock that make installs: exact versions, resolved from pyproject.toml by `make lock`.
# Change the ranges there, not the pins here.
"""


def main() -> None:
    """Write the lock."""
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "-"),
        *("--all-extras", "--universal", "--python-version", "3.11"),
        *("--fork-strategy", "fewest", "--no-header", "--no-annotate", "--quiet"),
    ]
    done = subprocess.run(
        command, cwd=ROOT, input=TORCH, text=True, stdout=subprocess.PIPE, check=True
    )
    pins = [
        line for line in done.stdout.splitlines() if not re.match(r"(nvidia|cuda|triton)", line)
    ]
    (ROOT / "requirements.txt").write_text(HEADER + "\n".join(pins) + "\n", "utf-8")
    print(f"requirements.txt: {len(pins)} packages")


if __name__ == "__main__":
    main()
