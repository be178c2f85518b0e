"""Writes the tree that learners get: chapters, exercises and the package, and no answer.

`python -m rnn_utils.grading.student build/student` takes files that git tracks, and looks in all
of them for hidden tests, solutions and answers of the bank before the tree is put in place.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnn_utils.grading import bank, release
from rnn_utils.grading.exercise import read

# What learners get. Of the book the chapters and what they refer to: its other pages are for
# instructors or need the site around them.
KEPT = re.compile(
    r"exercises/.+\.ipynb|rnn_utils/.+|LICENSE(-TEXT)?|CITATION\.cff|pyproject\.toml"
    r"|book/([^/]+\.ipynb|(datasets|glossary|notation|references|wrong)\.md)"
)
TITLE = "# Recurrent networks: the learner's copy"
README = f"""{TITLE}

With Python 3.11 to 3.13, in this folder:

```bash
python -m venv .venv
.venv/bin/pip install -e ".[data]" jupyterlab   # on Windows: .venv\\Scripts\\pip
.venv/bin/jupyter lab
```

`book/index.md` lists the chapters; the exercise of a chapter has the same name and stands in
`exercises/`. Write your answers in its solution cells, run the notebook from top to bottom, and
hand in the file under the name that it has. Its checks say what is wrong and which section to
reread. Leave the locked cells as they are: grading puts them back.

`.venv/bin/python -m rnn_utils doctor` looks at the installation, `python -m rnn_utils data` at the
data sets.

Code: MIT (LICENSE). Text and figures: CC BY 4.0 (LICENSE-TEXT). To cite: CITATION.cff.
"""
BEGIN = "### BEGIN "
RUN = 3  # so many lines of a secret in a row are a leak
LONG = 40  # so many characters of a hidden test or a rubric are a leak by themselves
TRAINING_STEP = {  # every chapter that trains has these, and so have solutions
    "optimiser.zero_grad()",
    "loss.backward()",
    "nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
    "optimiser.step()",
    "schedule.step()",
}


class StudentError(RuntimeError):
    """A tree that cannot be written, with the reason."""


def tracked(course: Path) -> list[str]:
    """Return the files that git tracks, without those that are deleted.

    Raises
    ------
    StudentError
        If the course is not a git checkout.
    """
    command = ["git", "-C", str(course), "ls-files", "-z"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    except (OSError, subprocess.CalledProcessError) as error:
        raise StudentError(f"{course}: expected a git checkout, got: {error}") from error
    return [name for name in listed.split("\0") if name and (course / name).is_file()]


def write(course: Path, into: Path) -> int:
    """Write the tree and return how many files it has.

    Parameters
    ----------
    course : Path
        The course, with its solutions, which the tree is searched for.
    into : Path
        A folder that is empty, not there, or an earlier tree, which is replaced.

    Raises
    ------
    StudentError
        If the folder holds something else, or the tree would hold an answer or a hidden test.
    """
    if into.exists() and not _is_ours(into):
        raise StudentError(f"{into}: expected no folder or an earlier tree for learners")
    names = [name for name in tracked(course) if KEPT.fullmatch(name)]
    into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into.parent) as folder:
        tree = Path(folder) / "tree"
        for name in names:
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(course / name, tree / name)
        (tree / "README.md").write_text(README, "utf-8")
        (tree / "book" / "index.md").write_text(_index(tree / "book"), "utf-8")
        found = leaks(course, tree)
        if found:
            raise StudentError("\n".join(["nothing written, because learners would get:", *found]))
        if into.exists():
            shutil.rmtree(into)
        tree.rename(into)
    return len(names) + 2


def _index(book: Path) -> str:
    """Return a page that leads to the chapters and the pages beside them."""
    lines = []
    for path in [*sorted(book.glob("*.ipynb")), *sorted(book.glob("*.md"))]:
        titles = (text for text in _texts(path) if text.startswith("# "))
        title = next(titles, path.stem).split("\n")[0].removeprefix("# ")
        lines.append(f"- [{title}]({path.name})\n")
    return "# Recurrent networks\n\n" + "".join(lines)


def _is_ours(folder: Path) -> bool:
    readme = folder / "README.md"
    return folder.is_dir() and (
        not any(folder.iterdir())
        or (readme.is_file() and readme.read_text("utf-8").startswith(TITLE + "\n"))
    )


# --- the search for what learners must not get ----------------------------------------------------


@dataclass(frozen=True)
class Secret:
    """Lines that learners must not get, those left out that they see anyway."""

    what: str
    lines: tuple[str, ...]
    alone: bool  # whether one long line of it is too much


def secrets(course: Path) -> tuple[list[Secret], set[str]]:
    """Return what learners must not get, and the lines that are no secret by themselves.

    Hidden tests, rubrics and solutions are the regions of the source notebooks; what stands
    outside them is no secret. The answers of the bank come on top.

    Raises
    ------
    StudentError
        If the course has no solutions to look for.
    """
    slugs = release.slugs(course)
    if not slugs:
        raise StudentError(f"{course}: expected solutions/ to look for, found no notebook there")
    seen = set(TRAINING_STEP)
    texts: dict[str, list[str]] = {}
    for slug in slugs:
        for cell in json.loads(release.source(course, slug).read_text("utf-8"))["cells"]:
            region = ""
            for line in _plain("".join(cell["source"])):
                if line.startswith(BEGIN):
                    region = f"the {line.removeprefix(BEGIN).lower()} of {slug}/{cell['id']}"
                elif line.startswith("### END "):
                    region = ""
                elif region:
                    texts.setdefault(region, []).append(line)
                else:
                    seen.add(line)
        for task in read(release.source(course, slug)).tasks:
            for answer in bank.answers(course, slug, task):
                name = f"{'right' if answer.right else 'wrong'}_{answer.name}"
                texts[f"the bank's {name} of {slug}/{task}"] = _plain(answer.source)
    kept = {what: tuple(line for line in text if line not in seen) for what, text in texts.items()}
    return [Secret(what, text, _is_alone(what)) for what, text in kept.items() if text], seen


def _is_alone(what: str) -> bool:
    """Say whether one long line is too much; of solutions, chapters teach single lines."""
    return what.startswith(("the hidden tests", "the mark scheme"))


def _plain(text: str) -> list[str]:
    """Return the lines of a text with their spaces evened out, empty ones left out."""
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


def leaks(course: Path, tree: Path) -> list[str]:
    """Return in words what of the secrets stands in a tree, whatever the kind of file.

    Parameters
    ----------
    course : Path
        The course that holds the solutions.
    tree : Path
        The folder to search.
    """
    hidden, seen = secrets(course)
    runs: dict[tuple[str, ...], str] = {}
    alone: dict[str, str] = {}
    for secret in hidden:
        size = min(RUN, len(secret.lines))
        for start in range(len(secret.lines) - size + 1):
            runs.setdefault(secret.lines[start : start + size], secret.what)
        if secret.alone:
            alone |= {line: secret.what for line in secret.lines if len(line) >= LONG}
    found = set()
    for path in sorted(path for path in tree.rglob("*") if path.is_file()):
        name = path.relative_to(tree).as_posix()
        for text in _texts(path):
            lines = [line for line in _plain(text) if line not in seen]
            found |= {f"{name}: {alone[line]}" for line in lines if line in alone}
            for size in range(1, RUN + 1):
                for start in range(len(lines) - size + 1):
                    what = runs.get(tuple(lines[start : start + size]))
                    found |= {f"{name}: {what}"} if what else set()
    return sorted(found)


def _texts(path: Path) -> Iterator[str]:
    """Yield the text of a file; of a notebook or another JSON file, each text inside."""
    text = path.read_bytes().decode("utf-8", "replace")
    yield text
    if path.suffix in (".ipynb", ".json"):
        yield from _strings(json.loads(text))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        if value and all(isinstance(item, str) for item in value):  # a cell's lines
            yield "\n".join(value)
        else:
            for item in value:
                yield from _strings(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m rnn_utils.grading.student",
        description="Write the tree that learners get, without solutions and hidden tests.",
    )
    parser.add_argument("into", type=Path, help="the folder to write; an earlier tree is replaced")
    parser.add_argument("--course", type=Path, default=Path(), help="the course's folder")
    options = parser.parse_args(arguments)
    try:
        count = write(options.course.resolve(), options.into)
    except (StudentError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(
        f"wrote {options.into}: {count} files, with no solution, hidden test or answer of the "
        "bank among them\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
