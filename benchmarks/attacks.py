"""Runs the corpus of attacks through plain nbgrader and through the course's own grading.

Each attack of `tests/attacks` is one submission to 02_rnn, graded alone in a course of its own by
`nbgrader autograde` with nbgrader's own steps, then judged as this course grades. What is printed:
how many gained points, and how many did harm or saw what they should not. Plain nbgrader itself
runs inside bubblewrap here, with everything but its course read-only, so that this machine stays
whole. The heavy attacks are not given to it.

    python benchmarks/attacks.py [NAME ...] [--processes 2] [--write]

With names, the rows of the others are kept as the page has them.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "benchmarks" / "attacks.md"
sys.path.insert(0, str(ROOT / "tests"))
SECONDS = 240  # of one submission
CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "rnn"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.ClearMarkScheme.enforce_metadata = False
c.Execute.timeout = 60
"""


@dataclass(frozen=True)
class Result:
    """What an attack got: the points of nbgrader and of this course, and whether it did harm."""

    name: str
    family: str
    plain: float | None  # None where it was not run
    plain_harm: bool
    apart: float
    apart_harm: bool

    def row(self) -> str:
        """Return it as a row of the page."""
        plain = "not run" if self.plain is None else f"{self.plain:g}"
        harm = ["yes" if done else "" for done in (self.plain_harm, self.apart_harm)]
        return (
            f"| `{self.name}` | {self.family} | {plain} | {harm[0]} | {self.apart:g} | {harm[1]} |"
        )


def kept(text: str, names: list[str]) -> dict[str, Result]:
    """Return the results that a page has of these attacks."""
    found = {}
    for line in text.split("\n"):
        if line.startswith("| `"):
            name, family, plain, harm, apart, apart_harm = (
                part.strip().strip("`") for part in line.strip("|").split("|")
            )
            if name in names:
                points = None if plain == "not run" else float(plain)
                found[name] = Result(
                    name, family, points, harm == "yes", float(apart), apart_harm == "yes"
                )
    return found


def nbgrader(course: Path, *arguments: str) -> int:
    """Run a command of plain nbgrader where it can change its course alone."""
    home = course.parent / "home"
    home.mkdir(exist_ok=True)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", "JUPYTER", "IPYTHON"))
    }
    environment |= {"HOME": str(home), "OMP_NUM_THREADS": "1"}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment.get('PATH', os.defpath)}"
    inside = ["bwrap", "--unshare-user", "--unshare-pid", "--unshare-ipc", "--cap-drop", "ALL"]
    inside += ["--die-with-parent", "--new-session", "--ro-bind", "/", "/", "--dev", "/dev"]
    inside += ["--proc", "/proc", "--tmpfs", "/tmp"]
    inside += ["--bind", str(course.parent), str(course.parent), "--chdir", str(course)]
    with (course.parent / "log.txt").open("ab") as log:
        try:
            return subprocess.run(
                [*inside, sys.executable, "-m", "nbgrader", *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=SECONDS,
            ).returncode
        except subprocess.TimeoutExpired:
            return -1


def prepare(folder: Path) -> Path:
    """Return a course of one exercise, its gradebook filled by nbgrader."""
    from _attacks import SLUG

    course = folder / "course"
    course.mkdir(parents=True)
    (course / "nbgrader_config.py").write_text(CONFIG)
    shutil.copytree(ROOT / "solutions" / SLUG, course / "solutions" / SLUG)
    if nbgrader(course, "generate_assignment", SLUG) != 0:
        raise SystemExit((folder / "log.txt").read_text()[-3000:])
    return course


def plain(name: str, template: Path) -> tuple[float, tuple[str, ...]]:
    """Grade one attack with plain nbgrader; return the points of its tests and the harm done."""
    import nbformat
    from _attacks import ATTACKS, SLUG, UNCOUNTED, Outside, active, released, shown
    from nbgrader.api import Gradebook, MissingEntry

    attack = (ATTACKS | UNCOUNTED)[name]
    with tempfile.TemporaryDirectory(prefix="attack-") as temporary:
        course = Path(temporary) / "course"
        shutil.copytree(template, course)
        with Outside(Path(temporary)) as outside:
            submitted = course / "submitted" / "learner" / SLUG / f"{SLUG}.ipynb"
            submitted.parent.mkdir(parents=True)
            nbformat.write(attack.build(released(), outside.places), submitted)
            status = nbgrader(course, "autograde", SLUG, "--student", "learner")
            graded = course / "autograded" / "learner" / SLUG / f"{SLUG}.ipynb"
            outputs = []
            if graded.is_file():
                cells = nbformat.read(graded, as_version=4).cells
                outputs = [cell.get("outputs") for cell in cells]
            own = ("gradebook.db", "autograded", "submitted/learner", "log.txt", "home/.")
            harm = [
                found
                for found in outside.harmed(shown(outputs))
                if not ("a file was changed" in found and any(part in found for part in own))
            ]
            harm += active(outputs)
            harm += ["nbgrader was killed"] * (status >= 128)
        points = 0.0
        with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "rnn") as gradebook:
            try:
                (notebook,) = gradebook.find_submission(SLUG, "learner").notebooks
                points = sum(g.score for g in notebook.grades if g.name.startswith("test_"))
            except (MissingEntry, ValueError):
                points = 0.0
    return points, tuple(dict.fromkeys(harm))


def apart(names: list[str]) -> dict[str, tuple[float, tuple[str, ...]]]:
    """Judge the attacks as this course grades, one after the other beside the same warm process."""
    from _attacks import ATTACKS, UNCOUNTED, Outside, active, handed_in, released, shown

    from rnn_utils.grading import judge, sandbox

    limits = sandbox.Limits(
        memory=2**30, files=2**26, cell_seconds=2, test_seconds=4, notebook_seconds=30
    )
    found = {}
    with (
        tempfile.TemporaryDirectory(prefix="attack-") as temporary,
        Outside(Path(temporary)) as outside,
        sandbox.Nursery(limits) as nursery,
    ):
        for name in names:
            attack = (ATTACKS | UNCOUNTED)[name]
            notebook = handed_in(attack.build(released(), outside.places))
            judged = judge.judge(notebook, nursery.learner, limits)
            points = sum(
                cell.metadata.nbgrader.points
                for cell in notebook.cells
                if judged.passed.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
            )
            harm = outside.harmed(shown(judged.outputs)) + active(judged.outputs)
            found[name] = float(points), tuple(dict.fromkeys(harm))
    return found


def table(results: list[Result]) -> str:
    """Return the counts, a row for each family."""
    lines = [
        "| family | attacks | plain nbgrader: run | gained points | did harm "
        "| this course: gained points | did harm |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    families: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        families[result.family].append(result)
    for family, found in [*sorted(families.items()), ("all", results)]:
        run = [result for result in found if result.plain is not None]
        lines.append(
            f"| {family} | {len(found)} | {len(run)} | {sum(bool(r.plain) for r in run)} "
            f"| {sum(r.plain_harm for r in run)} | {sum(bool(r.apart) for r in found)} "
            f"| {sum(r.apart_harm for r in found)} |"
        )
    return "\n".join(lines)


def page(results: list[Result], shown: str) -> str:
    """Return the page that keeps the results, with the command and the machine that made it."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("nbgrader", "ipykernel"))
    rows = "\n".join(result.row() for result in results)
    return (
        "# Attacks\n\n"
        "The attacks of `tests/attacks` and `tests/_attacks.py`, handed in to 02_rnn, whose tests "
        "give 23 points. *Gained points*: at least one point for a task that is not solved. *Did "
        "harm*: read or changed the gradebook, solutions, other learners' work, processes or the "
        "environment, reached the network, showed a hidden test, or put active content into the "
        "outputs. Those that take all memory, time or processes are not run in plain nbgrader. "
        "Objects that equal everything gain nothing in plain nbgrader either: the course's checks "
        "compare plain values. No task forbids a function of torch, so none is called where it "
        "is forbidden; a reference that a test holds is (`frames_reference`).\n\n"
        f"{shown}\n\n"
        "Made by `python benchmarks/attacks.py --write`, some attacks at a time, with "
        f"{versions}, Python {platform.python_version()}, "
        f"on {os.cpu_count()} {platform.machine()} cores under {platform.system()}. "
        "Plain nbgrader ran with its default steps, inside bubblewrap with everything but its own "
        "course read-only and no rights of root, which is more than it has by itself.\n\n"
        "## One by one\n\n"
        "| attack | family | points, plain nbgrader | harm | points, this course | harm |\n"
        f"|---|---|---:|---|---:|---|\n{rows}\n"
    )


def main() -> None:
    """Run, print and perhaps keep the table."""
    from _attacks import ATTACKS

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", help="attacks; all unless named")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="keep it in benchmarks/attacks.md")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    names = options.names or list(ATTACKS)
    light = [name for name in names if not ATTACKS[name].alone]
    there: dict[str, tuple[float | None, tuple[str, ...]]] = {}
    with tempfile.TemporaryDirectory(prefix="attacks-") as temporary:
        template = prepare(Path(temporary))
        with ProcessPoolExecutor(options.processes) as pool:
            graded = pool.map(plain, light, [template] * len(light))
            for name, found in zip(light, graded, strict=True):
                there[name] = found
                print(f"{name}: {found[0]:g} points in plain nbgrader, harm {found[1][:3]}")
    here = apart(names)
    results = {}
    for name in names:
        (points, harm), (own, own_harm) = there.get(name, (None, ())), here[name]
        family = ATTACKS[name].family
        results[name] = Result(name, family, points, bool(harm), own, bool(own_harm))
        if own or own_harm:
            print(f"{name} got through: {own:g} points, harm {own_harm}")
    if PAGE.is_file() and options.names:
        results = kept(PAGE.read_text("utf-8"), list(ATTACKS)) | results
    ordered = [results[name] for name in ATTACKS if name in results]
    shown = table(ordered)
    print(shown)
    if options.write:
        PAGE.write_text(page(ordered, shown), "utf-8")
    if any(results[name].apart or results[name].apart_harm for name in names):
        raise SystemExit("an attack got through")


if __name__ == "__main__":
    main()
