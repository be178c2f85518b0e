"""The corpus of attacks: what a learner might hand in to get points or to do harm.

Each file of `attacks/` is what stands in the first answer of 02_rnn. Its docstring says the family
and what it tries, then which tasks it aims at, what it would harm, and why it must run alone. A
file may know more than a learner would: `@COURSE@`, `@HOME@`, `@REPOSITORY@`, `@PORT@`,
`@ABSTRACT@`, `@VICTIM@`, `@GRADER@` and `@PIDNS@` stand for what `Outside` sets up. What it prints
after five exclamation marks is harm that it did. All are safe to run where no sandbox holds them:
none damages anything but what `Outside` made, and those that take much take a bounded amount.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import os
import secrets
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from rnn_utils.grading import recover

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SLUG = "02_rnn"
FUNCTIONS = {
    "leaky_step": ("leaky_step",),
    "masked_sequence": ("masked_sequence",),
    "tagger_parameters": ("tagger_parameters",),
    "latch": ("latch",),
    "surname_classifier": ("fit_surnames", "predict_surnames"),
}
ALARM = "!!!!!"
NOWHERE = {
    "COURSE": "/nonexistent",
    "HOME": "/nonexistent",
    "REPOSITORY": str(ROOT),
    "PORT": "9",
    "ABSTRACT": "attack-listener-nowhere",
    "VICTIM": "999999999",
    "GRADER": "999999999",
    "PIDNS": "unknown",
}
# from the hidden tests of 02_rnn; no attack holds any of them
HIDDEN = (
    "Mix the old state",
    "torch.lerp(h, cell",
    "Take the holes out",
    "Build the network with torch",
    "by the rules of the circuit",
    "latched",
    "before the noise can decide",
    "together = on_new_names",
)
ACTIVE = (
    "text/html",
    "application/",
    "text/markdown",
    "text/latex",
    "image/svg",
    "text/javascript",
)


def released() -> Any:
    """Return the notebook that learners get."""
    return nbformat.read(ROOT / "exercises" / SLUG / f"{SLUG}.ipynb", as_version=4)


def honest(tasks: tuple[str, ...] = tuple(FUNCTIONS)) -> Any:
    """Return the release with right answers to some of its tasks."""
    notebook = released()
    solved = nbformat.read(ROOT / "solutions" / SLUG / f"{SLUG}.ipynb", as_version=4)
    sources = {cell.id: cell.source for cell in solved.cells}
    for cell in notebook.cells:
        if cell.id in tasks:
            cell.source = sources[cell.id]
    return notebook


def handed_in(notebook: Any) -> Any:
    """Return a submission as grading judges it: recovered, its locked cells the instructor's."""
    found, _ = recover.recover(notebook, released())
    solved = nbformat.read(ROOT / "solutions" / SLUG / f"{SLUG}.ipynb", as_version=4)
    locked = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in solved.cells
        if cell.metadata.get("nbgrader", {}).get("locked")
    }
    for number, cell in enumerate(found.cells):
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in locked:
            found.cells[number] = copy.deepcopy(locked[name])
    return found


@dataclass(frozen=True)
class Attack:
    """One submission that must gain nothing.

    Parameters
    ----------
    name, family, text : str
        Its file, the family it belongs to, what it tries.
    build : callable
        Takes the released notebook and the places outside, returns what is handed in.
    aim : frozenset of str
        The ids of the tests whose points it tries to get.
    harm : str or None
        What it tries to damage, or to see.
    alone : str or None
        Why it is heavy, where it is.
    check : callable, optional
        Takes `Outside` and the outputs as text; returns what else was damaged.
    """

    name: str
    family: str
    text: str
    build: Callable[[Any, Mapping[str, str]], Any]
    aim: frozenset[str]
    harm: str | None = None
    alone: str | None = None
    check: Callable[[Outside, str], list[str]] | None = field(default=None, compare=False)


# --- attacks that stand in answers ---------------------------------------------------------------


def _defined(tree: ast.Module) -> set[str]:
    """Return the names that a module defines at its top, in whatever branch."""
    names: set[str] = set()
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        pending += ast.iter_child_nodes(node)
    return names


def _placed(source: str, places: Mapping[str, str]) -> str:
    for name, value in {**NOWHERE, **places}.items():
        source = source.replace(f"@{name}@", value)
    return source


def _answering(source: str) -> Callable[[Any, Mapping[str, str]], Any]:
    """Return what puts a source into the first answer, and empties the others it answers too."""
    defined = _defined(ast.parse(source))

    def build(notebook: Any, places: Mapping[str, str] = NOWHERE) -> Any:
        made = copy.deepcopy(notebook)
        for cell in made.cells:
            if cell.id in FUNCTIONS:
                answered = defined.intersection(FUNCTIONS[cell.id])
                if cell.id == "leaky_step":
                    stub = "" if answered else "\n\n" + cell.source
                    cell.source = _placed(source, places) + stub
                elif answered:
                    cell.source = "# see above"
        return made

    return build


def _read(path: Path) -> tuple[Attack, bool]:
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    lines = (ast.get_docstring(tree) or "").split("\n")
    family, _, text = lines[0].partition(": ")
    said = dict(
        line.split(": ", 1) for line in lines[1:] if ": " in line and " " not in line.split(": ")[0]
    )
    aim = said.get("aim", "all")
    tasks = {"all": list(FUNCTIONS), "none": []}.get(aim, aim.split(", "))
    if aim.startswith("all but "):
        tasks = [task for task in FUNCTIONS if task != aim.removeprefix("all but ")]
    if not text or not set(tasks) <= set(FUNCTIONS):
        raise ValueError(f"{path.name}: expected 'Family: text.' and known tasks, got {lines}")
    body = source[source.index('"""', 3) + 3 :].lstrip("\n")
    attack = Attack(
        path.stem,
        family,
        text.rstrip("."),
        _answering(body),
        frozenset(f"test_{task}" for task in tasks),
        said.get("harm"),
        said.get("alone"),
    )
    return attack, said.get("counts") != "no"


# --- attacks that change the notebook itself -----------------------------------------------------

Change = Callable[[Any, Mapping[str, str]], None]
_NOTEBOOKS: dict[str, Attack] = {}


def _whole(family: str, *aim: str, harm: str | None = None) -> Callable[[Change], Change]:
    """Enter a function that changes a notebook into the corpus, with its docstring as text."""

    def enter(change: Change) -> Change:
        def build(notebook: Any, places: Mapping[str, str] = NOWHERE) -> Any:
            made = copy.deepcopy(notebook)
            change(made, places)
            return made

        name = "notebook_" + change.__name__.removeprefix("_")
        tasks = FUNCTIONS if aim == ("all",) else aim
        text = (change.__doc__ or "").strip().rstrip(".")
        aimed = frozenset(f"test_{task}" for task in tasks)
        _NOTEBOOKS[name] = Attack(name, family, text, build, aimed, harm)
        return change

    return enter


def _tests(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.id.startswith("test_")]


def _cell(notebook: Any, name: str) -> Any:
    return next(cell for cell in notebook.cells if cell.id == name)


@_whole("Edited cells", "all")
def _tests_emptied(notebook: Any, places: Mapping[str, str]) -> None:
    """The test cells hold nothing."""
    for cell in _tests(notebook):
        cell.source = "pass"


@_whole("Edited cells", "all")
def _tests_deleted(notebook: Any, places: Mapping[str, str]) -> None:
    """The test cells are gone."""
    notebook.cells = [cell for cell in notebook.cells if not cell.id.startswith("test_")]


@_whole("Edited cells", "all")
def _tests_doubled(notebook: Any, places: Mapping[str, str]) -> None:
    """A second cell with the id and the metadata of each test stands before it, and passes."""
    for cell in _tests(notebook):
        double = copy.deepcopy(cell)
        double.source = "print('right on 8 fresh inputs.')"
        notebook.cells.insert(notebook.cells.index(cell), double)


@_whole("Edited cells", "all")
def _tests_retyped(notebook: Any, places: Mapping[str, str]) -> None:
    """The test cells are text, which nothing executes."""
    for cell in _tests(notebook):
        cell.cell_type = "markdown"
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


@_whole("Edited cells", "all")
def _tests_first(notebook: Any, places: Mapping[str, str]) -> None:
    """The test cells stand before everything, and an answer of the last cell undoes them."""
    tests = _tests(notebook)
    rest = [cell for cell in notebook.cells if not cell.id.startswith("test_")]
    undo = new_code_cell("for name in list(globals()):\n    globals()[name] = None")
    notebook.cells = [*tests, *rest, undo]


@_whole("Edited cells", "all")
def _setup_edited(notebook: Any, places: Mapping[str, str]) -> None:
    """The locked set-up imports checks of one's own."""
    _cell(notebook, "setup-imports").source += (
        "\nfrom types import SimpleNamespace\n"
        "checks = SimpleNamespace(**{n: lambda *a, **k: 1.0 for n in dir(checks)})"
    )


@_whole("Edited cells", "all")
def _names_of_the_setup(notebook: Any, places: Mapping[str, str]) -> None:
    """A cell of one's own gives np, torch, nn, rnn, datasets and checks other values."""
    source = (
        "class All:\n"
        "    def __getattr__(self, name): return lambda *a, **k: All()\n"
        "    def __call__(self, *a, **k): return All()\n"
        "    __float__ = lambda self: 1.0\n"
        "np = torch = nn = rnn = datasets = checks = All()\n"
        "print = range = float = len = zip = All()\n"
        "fit_surnames = predict_surnames = All()"
    )
    notebook.cells.insert(4, new_code_cell(source))


@_whole("Edited metadata", "all")
def _points_raised(notebook: Any, places: Mapping[str, str]) -> None:
    """Every cell is worth a thousand points, the text of the question too."""
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.points = 1000


@_whole("Edited metadata", "all")
def _tests_skipped_by_tag(notebook: Any, places: Mapping[str, str]) -> None:
    """A tag tells nbclient to skip the test cells; a cell without outputs has full marks."""
    for cell in _tests(notebook):
        cell.metadata.tags = ["skip-execution", "raises-exception", "remove-output"]


@_whole("Edited metadata", "all")
def _tests_not_graded(notebook: Any, places: Mapping[str, str]) -> None:
    """The test cells are said to be solutions, written answers or tasks for a person."""
    kinds = (
        {"grade": True, "solution": True, "locked": False},
        {"grade": False, "solution": True, "locked": False},
        {"grade": False, "solution": False, "locked": False, "task": True},
        {"grade": False, "solution": False, "locked": False},
        {},
    )
    for cell, kind in zip(_tests(notebook), kinds, strict=True):
        cell.metadata.nbgrader.update(kind)
        cell.source = "pass"
        if not kind:
            del cell.metadata["nbgrader"]


@_whole("Edited metadata", "all")
def _ids_exchanged(notebook: Any, places: Mapping[str, str]) -> None:
    """The ids of tests and answers are exchanged, and those of two tests."""
    for cell in notebook.cells:
        meta = cell.metadata.get("nbgrader", {})
        if cell.id in FUNCTIONS:
            meta["grade_id"], cell.source = f"test_{cell.id}", "pass"
        elif cell.id.startswith("test_"):
            meta["grade_id"] = cell.id.removeprefix("test_")
        cell.id = meta.get("grade_id", cell.id)


@_whole("Edited metadata", "all", harm="files")
def _locked_cell_of_ones_own(notebook: Any, places: Mapping[str, str]) -> None:
    """Cells of one's own say that they are locked, so that the grading side would run them too."""
    source = _placed(
        "import os\n"
        "if os.path.exists('@COURSE@'):\n"
        "    open('@COURSE@/attack_marker.txt', 'w').close()\n"
        "checks = np = None\n"
        "import rnn_utils.checks\n"
        "rnn_utils.checks.Outcome.equals = lambda *a: True",
        places,
    )
    for number, kind in enumerate(({"locked": True}, {"locked": True, "grade": True, "points": 9})):
        cell = new_code_cell(source)
        cell.metadata["nbgrader"] = {
            "grade": False,
            "solution": False,
            "task": False,
            "schema_version": 3,
            "grade_id": f"setup-more-{number}",
            **kind,
        }
        notebook.cells.insert(3, cell)


@_whole("Edited metadata", "all", harm="files")
def _answers_locked(notebook: Any, places: Mapping[str, str]) -> None:
    """The answers say that they are locked set-up, so that the grading side would run them."""
    source = _placed(
        "import os\n"
        "if os.path.exists('@COURSE@'):\n"
        "    open('@COURSE@/attack_marker.txt', 'w').close()\n"
        "import rnn_utils.checks\n"
        "rnn_utils.checks.Outcome.equals = lambda *a: True\n"
        "leaky_step = masked_sequence = tagger_parameters = lambda *a: 0.0",
        places,
    )
    for cell in notebook.cells:
        if cell.id in FUNCTIONS:
            cell.metadata.nbgrader.update(locked=True, solution=False, grade=False)
            cell.source = source


@_whole("Edited metadata", "all")
def _kernel_of_ones_own(notebook: Any, places: Mapping[str, str]) -> None:
    """The kernel is one that is not there, in a folder outside, of another language."""
    notebook.metadata.kernelspec = {
        "name": "../../../../tmp/kernel",
        "display_name": "<script>alert(1)</script>",
        "language": "bash",
    }
    notebook.metadata.language_info = {"name": "bash", "version": "5"}


@_whole("Edited metadata", harm="feedback")
def _widgets_and_pages(notebook: Any, places: Mapping[str, str]) -> None:
    """Scripts stand in the metadata, in the widgets' state, in titles and in cells of text."""
    page = "<script>alert(1)</script>"
    notebook.metadata["title"] = notebook.metadata["authors"] = page
    notebook.metadata["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {"state": {page: page}, "version_major": 2}
    }
    _cell(notebook, "sharing").source = f"{page}<img src=x onerror=alert(1)>"
    notebook.cells.insert(1, new_markdown_cell(page))


@_whole("Forged outputs", "all")
def _outputs_kept(notebook: Any, places: Mapping[str, str]) -> None:
    """The test cells hold outputs of an earlier success, with full marks as partial credit."""
    for cell in _tests(notebook):
        cell.execution_count = 7
        points = str(cell.metadata.nbgrader.points)
        cell.outputs = [
            new_output("stream", name="stdout", text="right on 8 fresh inputs.\n"),
            new_output("execute_result", {"text/plain": points}, execution_count=7),
        ]


@_whole("Forged outputs", "all")
def _outputs_by_partial_credit(notebook: Any, places: Mapping[str, str]) -> None:
    """A check of one's own gives the points back as the value of the test cell."""
    source = "from types import SimpleNamespace\n"
    source += "points = iter([4, 6, 3, 5, 5])\n"
    source += "checks = SimpleNamespace(examine=lambda *a: None, accuracy=lambda *a: 1.0,\n"
    source += "    agree=lambda *a, **k: next(points), at_least=lambda *a: 5)"
    notebook.cells.insert(4, new_code_cell(source))


@_whole("Cell magics", "all")
def _magics_capture(notebook: Any, places: Mapping[str, str]) -> None:
    """Magics hide outputs and errors, from this cell on."""
    _cell(notebook, "leaky_step").source = (
        "%%capture --no-stdout\n"
        "get_ipython().run_line_magic('xmode', 'Minimal')\n"
        "get_ipython().register_magic_function(lambda *a: None, 'cell', 'capture')\n"
        "get_ipython().run_cell_magic = lambda *a, **k: None"
    )


@_whole("Cell magics", harm="files")
def _magics_shell(notebook: Any, places: Mapping[str, str]) -> None:
    """Programs of the system are started by magics and exclamation marks."""
    _cell(notebook, "leaky_step").source = _placed(
        "%%bash\n"
        "cat @COURSE@/secret.txt /proc/1/environ @COURSE@/gradebook.db\n"
        "touch @COURSE@/attack_marker.txt\n"
        "cp @COURSE@/solutions/02_rnn/02_rnn.ipynb .",
        places,
    )
    _cell(notebook, "masked_sequence").source = _placed(
        "!ls -la @COURSE@ @HOME@ ; cat @COURSE@/secret.txt\n"
        "%cat @COURSE@/secret.txt\n"
        "%env\n"
        "%run @COURSE@/solutions/02_rnn/02_rnn.ipynb",
        places,
    )


@_whole("Cell magics", "all")
def _magics_extension(notebook: Any, places: Mapping[str, str]) -> None:
    """A file that the notebook writes is loaded as an extension of IPython."""
    _cell(notebook, "leaky_step").source = (
        "open('helpful.py', 'w').write('def load_ipython_extension(shell):\\n'\n"
        "    '    shell.input_transformers_cleanup.append(lambda lines: [])\\n')\n"
        "import sys; sys.path.insert(0, '.')\n"
        "%load_ext helpful"
    )


_FILES = [_read(path) for path in sorted((HERE / "attacks").glob("*.py"))]
ATTACKS = {attack.name: attack for attack, counts in _FILES if counts} | _NOTEBOOKS
UNCOUNTED = {attack.name: attack for attack, counts in _FILES if not counts}


# --- what could be harmed ------------------------------------------------------------------------


class Outside:
    """What lies outside the sandbox and must stay as it is, with secrets in it that must not show.

    A course with a gradebook, solutions and other learners' work; a home; a process; listeners on
    the network and on unix sockets.

    Parameters
    ----------
    folder : Path
        Where the course and the home are made, or a course that is there.
    environment : mapping
        The environment that gets a secret.
    """

    def __init__(self, folder: Path, environment: Any = os.environ) -> None:
        self.course, self.home = folder / "course", folder / "home"
        self.secret = secrets.token_hex(8)
        self.environment = environment
        self.heard: list[str] = []
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> Outside:
        self.home.mkdir(parents=True, exist_ok=True)
        for part in ("solutions/02_rnn", "submitted/other/02_rnn", "submitted/more/02_rnn"):
            (self.course / part).mkdir(parents=True, exist_ok=True)
        solved = honest()
        solved.metadata["note"] = f"secret {self.secret}"
        for part in ("solutions", "submitted/other", "submitted/more"):
            path = self.course / part / SLUG / f"{SLUG}.ipynb"
            if not path.exists():
                nbformat.write(solved, path)
        for path in (self.course / "secret.txt", self.home / ".secret"):
            path.write_text(f"secret {self.secret}\n")
        if not (self.course / "gradebook.db").exists():
            with sqlite3.connect(self.course / "gradebook.db") as database:
                database.execute("create table grade (learner text, auto_score real)")
                database.execute("insert into grade values (?, 1.0)", (self.secret,))
            database.close()
        self.environment["RNN_UTILS_SECRET"] = self.secret
        self._listen()
        self.victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3000)"])
        self._before = self._sums()
        return self

    def __exit__(self, *_: object) -> None:
        self.environment.pop("RNN_UTILS_SECRET", None)
        for one in self._sockets:
            one.close()
        self.victim.kill()
        self.victim.wait()

    @property
    def places(self) -> dict[str, str]:
        """What stands for the names in the attacks' sources."""
        namespace = Path("/proc/self/ns/pid")
        return {
            "COURSE": str(self.course),
            "HOME": str(self.home),
            "REPOSITORY": str(ROOT),
            "PORT": str(self._port),
            "ABSTRACT": self._abstract,
            "VICTIM": str(self.victim.pid),
            "GRADER": str(os.getpid()),
            "PIDNS": str(namespace.readlink()) if namespace.is_symlink() else "unknown",
        }

    def harmed(self, shown: str) -> list[str]:
        """Return what was damaged or seen since the last time, given what a notebook shows."""
        found = [line.strip()[:200] for line in shown.split("\n") if ALARM in line]
        if self.secret in shown:
            found.append("a secret was shown")
        found += [f"a hidden test was shown: {text!r}" for text in HIDDEN if text in shown]
        sums = self._sums()
        changed = {name for name in sums | self._before if sums.get(name) != self._before.get(name)}
        found += [f"a file was changed: {name}" for name in sorted(changed)]
        self._before = sums
        for name in changed:
            if "attack_marker" in name:
                (self.course.parent / name).unlink(missing_ok=True)
                self._before.pop(name, None)
        found += [f"heard: {text}" for text in self.heard]
        self.heard.clear()
        if self.victim.poll() is not None:
            found.append(f"a process was ended: {self.victim.returncode}")
            self.victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3000)"])
        return found

    def _sums(self) -> dict[str, str]:
        folder = self.course.parent
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.is_symlink()
        }

    def _listen(self) -> None:
        """Hear whoever connects, by TCP, UDP, a unix socket and an abstract one."""
        stream = socket.create_server(("127.0.0.1", 0))
        self._port = stream.getsockname()[1]
        packets = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        packets.bind(("127.0.0.1", self._port))
        self._sockets = [stream, packets]
        self._abstract = f"attack-listener-{secrets.token_hex(4)}"
        names = [str(self.course / "listener")]
        names += [f"\0{self._abstract}"] if sys.platform == "linux" else []
        for name in names:
            one = socket.socket(socket.AF_UNIX)
            Path(name).unlink(missing_ok=True) if not name.startswith("\0") else None
            one.bind(name)
            one.listen()
            self._sockets.append(one)
        for one, name in zip(self._sockets, ("TCP", "UDP", "unix", "abstract unix"), strict=False):
            threading.Thread(target=self._hear, args=(one, name), daemon=True).start()

    def _hear(self, one: socket.socket, name: str) -> None:
        while True:
            try:
                if one.type == socket.SOCK_DGRAM:
                    one.recv(100)
                else:
                    one.accept()[0].close()
            except OSError:
                return
            self.heard.append(name)


def shown(outputs: Any) -> str:
    """Return all text of a notebook's outputs, cell by cell."""
    texts: list[str] = []
    for output in (output for cell in outputs for output in cell or []):
        texts.append(output.get("text", ""))
        texts += [str(value) for value in output.get("data", {}).values()]
        texts += [output.get("evalue", ""), *output.get("traceback", [])]
    return "\n".join(texts)


def active(outputs: Any) -> list[str]:
    """Return the kinds of output that a browser would run, or pictures that are none."""
    import base64
    import binascii

    found = []
    for output in (output for cell in outputs for output in cell or []):
        for kind, data in output.get("data", {}).items():
            if kind.startswith(ACTIVE):
                found.append(kind)
            elif kind.startswith("image/"):
                try:
                    base64.b64decode(data.replace("\n", ""), validate=True)
                except (binascii.Error, ValueError, AttributeError):
                    found.append(f"{kind} that is no picture")
    return found
