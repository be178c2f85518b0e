"""What all tests share."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# One thread per worker: the suite runs in parallel, and the models in it are small.
os.environ.setdefault("OMP_NUM_THREADS", "1")

sys.path.insert(0, str(Path(__file__).parent))
