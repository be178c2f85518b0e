"""Commands: `python -m rnn_utils doctor` looks at the installation, `data` at the data sets.

`check NOTEBOOK` runs an exercise's visible checks as grading will.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

import rnn_utils
from rnn_utils import datasets

ODD = 5  # files beside a notebook of which `check` says why its cells do not see them


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, or 1 where something is to be mended."""
    parser = argparse.ArgumentParser(
        prog="python -m rnn_utils",
        description="Look at the installation, at the data sets, at your answers.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    doctor = commands.add_parser("doctor", help="versions, device, folders, data sets")
    doctor.set_defaults(run=lambda _: _doctor())
    data = commands.add_parser("data", help="list, describe and fetch data sets")
    data.set_defaults(run=lambda _: _list())
    actions = data.add_subparsers(metavar="ACTION")
    actions.add_parser("list", help="every data set (what `data` alone does)")
    names = [row.name for row in datasets.table()]
    one = actions.add_parser("info", help="licence, citation, files and hashes of a data set")
    one.add_argument("name", choices=names, metavar="NAME")
    one.set_defaults(run=lambda given: _info(given.name))
    some = actions.add_parser("fetch", help="download what is not here yet")
    some.add_argument("names", nargs="*", metavar="NAME")
    some.add_argument("--all", action="store_true", help="every data set that is downloaded")
    some.set_defaults(run=lambda given: _fetch(given.names))
    check = commands.add_parser("check", help="run an exercise's checks as grading will")
    check.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    check.set_defaults(run=lambda given: _check(given.notebook))
    given = parser.parse_args(arguments)
    if "names" in given:
        if given.all == bool(given.names):
            some.error("expected NAME... or --all")
        if unknown := [name for name in given.names if name not in names]:
            some.error(f"no such data set: {', '.join(unknown)} (choose from {', '.join(names)})")
        if given.all:
            given.names = [row.name for row in datasets.table() if not row.offline]
    run: Callable[[argparse.Namespace], int] = given.run
    try:
        return run(given)
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130


def _doctor() -> int:
    import torch

    from rnn_utils import device

    healthy = True
    _line("rnn-utils", rnn_utils.__version__)
    _line("python", f"{platform.python_version()} ({sys.executable})")
    _line("torch", torch.__version__)  # names the build too, which its metadata may not
    for package in ("numpy", "matplotlib"):
        _line(package, metadata.version(package))
    try:
        _line("device", device.describe())
    except ValueError as error:
        healthy = False
        _line("device", str(error))
    for extra, missing in _extras().items():
        hint = f'missing {", ".join(missing)}: pip install "rnn-utils[{extra}]"'
        _line(f"extra {extra}", hint if missing else "installed")
    try:
        root = datasets.data_root()
        _line("data root", str(root) if root else "none (RNN_UTILS_DATA is not set)")
    except datasets.DataError as error:
        _line("data root", str(error))
        return 1
    _line("cache", str(datasets.cache_folder()))
    if mirror := os.environ.get("RNN_UTILS_MIRROR"):
        _line("mirror", mirror)
    print("data sets")
    for row in datasets.table():
        try:
            _line(f"  {row.name}", datasets.status(row.name))
        except datasets.DataError as error:
            healthy = False
            _line(f"  {row.name}", str(error))
    return 0 if healthy else 1


def _line(what: str, answer: str) -> None:
    print(f"{what:<20} {answer}")


def _extras() -> dict[str, list[str]]:
    """Return the packages of each extra that are not installed."""
    missing: dict[str, list[str]] = defaultdict(list)
    try:
        requirements = metadata.requires("rnn-utils") or []
    except metadata.PackageNotFoundError:  # a source tree that was never installed
        return {}
    for requirement in requirements:
        found = re.match(r"([\w.-]+).*extra == ['\"]([\w-]+)['\"]", requirement)
        if found is None:
            continue
        package, extra = found.groups()
        try:
            metadata.version(package)
            missing[extra] += []
        except metadata.PackageNotFoundError:
            missing[extra].append(package)
    return missing


def _list() -> int:
    print(datasets.table())
    print(
        "\nfetch: python -m rnn_utils data fetch NAME    more: python -m rnn_utils data info NAME"
    )
    return 0


def _info(name: str) -> int:
    print(datasets.info(name))
    return 0


def _fetch(names: Sequence[str]) -> int:
    failed = 0
    for name in names:
        row = datasets.info(name)
        if row.offline:
            print(f"{name}: nothing to fetch, it comes with {row.source}")
            continue
        print(f"{name}: licence {row.licence} ({row.licence_url})", flush=True)
        try:
            datasets.fetch(name)
        except datasets.DataError as error:
            failed += 1
            print(f"{name}: {error}", file=sys.stderr)
        else:
            print(f"{name}: {datasets.status(name)}")
    return 1 if failed else 0


def _check(path: Path) -> int:
    """Judge a learner's notebook with the checks that it holds, or those of the release nearby."""
    from rnn_utils.grading import collect, judge, recover, sandbox

    notebook, findings = recover.read(path)
    if notebook is None:
        print("\n".join(f"{f.file}: {f.found} {f.done}" for f in findings), file=sys.stderr)
        return 1
    slugs = [folder / "exercises" / path.stem for folder in path.resolve().parents]
    for release in (slug / f"{path.stem}.ipynb" for slug in slugs):
        if release.is_file() and not release.samefile(path):
            original, _ = recover.read(release)
            notebook, more = recover.recover(notebook, original)
            findings += more
            break
    for finding in findings:
        print(f"{finding.found} {finding.done}")
    files, odd = collect.beside(path.resolve().parent)
    for finding in odd[:ODD]:
        print(f"{finding.file}: {finding.found} {finding.done}")
    if odd[ODD:]:
        print(f"There are {len(odd) - ODD} more of these; hand in from a folder of its own.")
    if files:
        lie = recover.few(recover.shown(name) for name in sorted(files))
        print(f"Beside the notebook: {lie}. What its cells need of that, hand in with it.")
    reason = sandbox.available()
    if reason is not None:
        print(f"Your cells run without a sandbox, as in Jupyter: {reason.split(';')[0]}.")
    try:
        with sandbox.Nursery(threads=os.cpu_count() or 1, sandboxed=reason is None) as nursery:
            judged = judge.judge(notebook, nursery.learner, files=files)
    except sandbox.SandboxError as error:
        print(error, file=sys.stderr)
        return 1
    reached = possible = 0.0
    for index, (cell, outputs) in enumerate(zip(notebook.cells, judged.outputs, strict=True)):
        if not judge.is_test(cell):
            continue
        name, points = judge.cell_name(cell, index), float(cell.metadata.nbgrader["points"])
        passed = judged.passed[name]
        reached, possible = reached + points * passed, possible + points
        print(f"\n{name.removeprefix('test_')}: {points * passed:g} of {points:g} points")
        for output in outputs or []:
            text = output.get("text") or "\n".join(output.get("traceback", []))
            print("\n".join(f"  {line}" for line in text.rstrip().split("\n")))
    if not possible:
        print(f"{path}: no checks found; is it an exercise of this course?", file=sys.stderr)
        return 1
    print(f"\n{reached:g} of {possible:g} points for what is shown; grading adds fresh inputs.")
    return 0 if reached == possible else 1


if __name__ == "__main__":
    raise SystemExit(main())
