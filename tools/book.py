"""Executes every chapter and renders the site: what `make book` runs.

The chapters that have not changed come from a cache, unless the package, the lock or Python has.
The others run side by side, one on each core, before the pages are rendered.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
SITE = BUILD / "html"
LOG = BUILD / "book.log"
CACHE = BUILD / ".jupyter_cache"
CELL_SECONDS = 300
ROOM = 300_000_000  # bytes that a build needs
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
WARNING = re.compile(r"(WARNING|ERROR): ")
JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"


def fail(line: str) -> int:
    """Say in one line what is wrong and what to do."""
    print(f"make book: {line}", file=sys.stderr)
    return 1


def fingerprint(paths: Iterable[Path], *words: str) -> str:
    """Return what changes when one of the files or words does."""
    total = hashlib.sha256("\0".join(words).encode())
    for path in sorted(paths):
        total.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return total.hexdigest()


def forget_what_is_stale() -> None:
    """Throw away results that another package, lock, Python or table of contents made."""
    package = [
        path
        for path in (ROOT / "rnn_utils").rglob("*.py")
        if "grading" not in path.parts  # no chapter imports it
    ]
    site = ["_toc.yml", "_config.yml", "tools/sphinx_course.py"]
    now = {
        "results": fingerprint([*package, ROOT / "requirements.txt"], platform.python_version()),
        "pages": fingerprint(ROOT / name for name in site),
    }
    stamp = BUILD / "stamp.json"
    before = json.loads(stamp.read_text("utf-8")) if stamp.exists() else {}
    if before.get("results") != now["results"]:
        shutil.rmtree(CACHE, ignore_errors=True)
    if before != now:
        shutil.rmtree(BUILD / ".doctrees", ignore_errors=True)
        shutil.rmtree(SITE, ignore_errors=True)
        stamp.write_text(json.dumps(now), "utf-8")


def execute_chapters() -> None:
    """Execute the chapters that the cache does not hold, side by side, and put them into it.

    A chapter that fails is left out: jupyter-book runs it again and reports it.
    """
    import nbformat
    from jupyter_cache import get_cache
    from jupyter_cache.base import CacheBundleIn
    from jupyter_cache.executors.utils import single_nb_execution
    from jupyter_core.utils import ensure_event_loop
    from nbclient.exceptions import DeadKernelError

    cache = get_cache(CACHE)

    def is_new(path: Path) -> bool:
        try:
            cache.match_cache_notebook(nbformat.read(path, as_version=4))
        except KeyError:
            return True
        return False

    def execute(path: Path) -> None:
        # in one piece, since another thread may speak at the same time
        print(f"executing {path.relative_to(ROOT)}\n", end="", flush=True)
        notebook = nbformat.read(path, as_version=4)
        try:
            done = single_nb_execution(
                notebook,
                cwd=str(path.parent),
                timeout=CELL_SECONDS,
                allow_errors=False,
                extra_arguments=["--log-level=ERROR"],
            )
        except DeadKernelError:  # for example too little memory for so many side by side
            return
        finally:
            ensure_event_loop().close()  # each thread has one of its own
        results.append((path, notebook, done))

    results: list[Any] = []
    stale = [path for path in sorted((ROOT / "book").glob("[0-9][0-9]_*.ipynb")) if is_new(path)]
    cores = os.cpu_count() or 1
    if len(stale) > 1:
        os.environ.setdefault("OMP_NUM_THREADS", str(max(1, cores // len(stale))))
    with ThreadPoolExecutor(cores) as pool:
        list(pool.map(execute, stale))
    for path, notebook, done in results:
        if done.err is None:
            seconds = {"execution_seconds": done.time}
            bundle = CacheBundleIn(notebook, str(path), data=seconds)
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def build() -> tuple[int, list[str]]:
    """Run jupyter-book; return its exit status and what it said."""
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", str(ROOT), "-W", "--keep-going"]
    lines = []
    with (
        LOG.open("w", encoding="utf-8") as log,
        subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
        ) as process,
    ):
        assert process.stdout is not None
        for raw in process.stdout:
            line = COLOUR.sub("", raw.rstrip())
            lines.append(line)
            log.write(line + "\n")
            if found := re.match(r"(\S+): Executing notebook using", line):
                print(f"executing {Path(found[1]).relative_to(ROOT)}", flush=True)
    return process.returncode, lines


def explain(lines: list[str]) -> int:
    """Say which page failed, why, and what to do."""
    if any(f"[Errno {errno.ENOSPC}]" in line for line in lines):
        return fail("no space left on the disk: free some, or `make clean`, and run it again")
    failed = [
        Path(found[1]) for line in lines if (found := re.match(r"(\S+): WARNING: Executing", line))
    ]
    for path in failed:
        name = path.relative_to(ROOT)
        report = SITE / "reports" / name.with_suffix(".err.log")
        if report.exists():
            trace = COLOUR.sub("", report.read_text("utf-8"))
            print(trace[trace.find("An error occurred while executing") :], file=sys.stderr)
        fail(f"{name} failed, see the traceback above: mend it in `make lab`, then `make book`")
    if not failed:
        found = [line for line in lines if WARNING.search(line)]
        first = next((row for row, line in enumerate(lines) if "rror" in line), 0)
        print(*(found or lines[first : first + 20]), sep="\n", file=sys.stderr)
        what = (
            f"{len(found)} warning(s), each counts as an error" if found else "the build broke off"
        )
        fail(f"{what}: mend what is named above; the whole log is {LOG}")
    return 1


def main() -> int:
    """Build the site, or say in one line why it cannot be built."""
    try:
        version = metadata.version("jupyter-book")
    except metadata.PackageNotFoundError:
        return fail("jupyter-book is missing: run `make book`, which installs it")
    if version.split(".")[0] != "1":
        return fail(f"needs jupyter-book 1.x, found {version}: `make clean`, then `make book`")
    if (free := shutil.disk_usage(ROOT).free) < ROOM:
        return fail(f"needs {ROOM // 10**6} MB of disk, {free // 10**6} MB are free: free some")
    BUILD.mkdir(exist_ok=True)
    start = time.monotonic()
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one build at a time
        forget_what_is_stale()
        execute_chapters()
        status = 1
        try:
            status, lines = build()
        finally:
            if status:
                # Sphinx warns about a page only when it reads it: make it read all of them again.
                shutil.rmtree(BUILD / ".doctrees", ignore_errors=True)
        if status:
            return explain(lines)
    print(f"The site is {SITE / 'index.html'} ({time.monotonic() - start:.0f} s).")
    print("Open it in a browser, or run `make serve` for search and all.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
