"""What all tests share."""

from __future__ import annotations

import os

# One thread per worker: the suite runs in parallel, and the models in it are small.
os.environ.setdefault("OMP_NUM_THREADS", "1")
