"""Notes what no answer needs, for the instructor to read: it decides nothing and costs nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rnn_utils.grading.judge import cell_name, is_setup, is_test
from rnn_utils.grading.recover import raw_bytes

MODULES = re.compile(
    r"IPython|_thread|asyncio|atexit|builtins|code|concurrent|ctypes|dis|faulthandler"
    r"|fcntl|gc|http|importlib|inspect|ipykernel|linecache|marshal|mmap|multiprocessing"
    r"|nbformat|nbgrader|pickle|platform|posix|pty|pwd|resource|select|shutil|signal"
    r"|site|socket|sqlite3|ssl|subprocess|tempfile|threading|traceback|types|urllib"
    r"|weakref|zmq"
)
OF_THE_COURSE = ("rnn_utils.grading", "rnn_utils.checks", "rnn_utils.diagnoses")
NAMES = re.compile(
    r"__import__|breakpoint|compile|eval|exec|get_ipython|globals|input|locals|open"
    r"|vars|GeneratorExit|KeyboardInterrupt|StopIteration|SystemExit|BaseException"
)
ATTRIBUTES = re.compile(
    r"__(?!init__|call__|len__|getitem__|iter__|name__|doc__|class__|main__|post_init__)\w+__"
    r"|_getframe|settrace|setprofile|setrecursionlimit|meta_path|path_hooks|excepthook"
    r"|displayhook|f_(back|globals|locals)|tb_(frame|next)|gi_frame|co_\w+|func_globals|as_strided"
    r"|_exit|abort|kill|killpg|fork|exec[lv]\w*|spawn\w*|system|popen|environ|getppid|getenv|chmod"
    r"|symlink|setpriority|dup2|memfd_create|run_cell\w*|ast_transformers|input_transformers\w*"
    r"|user_ns|showtraceback|publish"
)
TEXT = re.compile(
    r"/proc\b|/dev/|gradebook|solutions/|tests/submissions|submitted/|RNN_UTILS_GRADING|\.pth\b"
    r"|<script|javascript:|BEGIN HIDDEN"
)
PLAIN = re.compile(r"int|float|complex|str|bytes|tuple|list|dict|set|ndarray|Tensor")
# set on tensors and modules
USUAL = ("grad", "data", "requires_grad", "training", "weight", "bias", "crf")
HUGE = 10**9  # a number that no answer needs
LONG = 100_000  # characters of a cell beyond which it is not parsed: a tree takes a thousand times


def odd(source: str) -> list[str]:
    """Return what in a cell's source no answer needs, each once, in the order of the lines."""
    if not source.strip():
        return []
    if len(source) > LONG:
        words = dict.fromkeys(match[0] for match in TEXT.finditer(source))
        return [f"{len(source):,} characters", *words]
    kept = [("" if line.lstrip()[:1] in "%!" else line) for line in source.split("\n")]
    found = ["a shell command" for line in source.split("\n") if line.lstrip()[:1] == "!"]
    try:
        tree = ast.parse("\n".join(kept))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return found + [words[0] for words in TEXT.finditer(source)]
    nodes = [node for node in ast.walk(tree) if not isinstance(node, ast.Module)]
    for node in nodes:
        found += _odd(node)
    return list(dict.fromkeys(found))


def _odd(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if _module(alias.name))
    elif isinstance(node, ast.ImportFrom):
        names = [f"{node.module}.{alias.name}" for alias in node.names]
        if _module(node.module or ""):
            yield node.module or ""
        else:
            yield from (name for name in names if _module(name))
            yield from (a.name for a in node.names if ATTRIBUTES.fullmatch(a.name))
    elif isinstance(node, ast.Name):
        stored = isinstance(node.ctx, ast.Store) and ATTRIBUTES.fullmatch(node.id)
        if NAMES.fullmatch(node.id) or stored:
            yield node.id
    elif isinstance(node, ast.Attribute):
        if ATTRIBUTES.fullmatch(node.attr):
            yield node.attr
        owner = node.value.id if isinstance(node.value, ast.Name) else "self"
        if (owner, node.attr) == ("sys", "modules"):
            yield "sys.modules"
        elif isinstance(node.ctx, ast.Store) and owner != "self" and node.attr not in USUAL:
            yield f"{owner}.{node.attr} ="
    elif isinstance(node, ast.FunctionDef) and ATTRIBUTES.fullmatch(node.name):
        yield node.name
    elif isinstance(node, ast.ClassDef):
        bases = [getattr(base, "attr", getattr(base, "id", "")) for base in node.bases]
        yield from (f"class {node.name}({base})" for base in bases if PLAIN.fullmatch(base))
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str) and (match := TEXT.search(node.value)):
            yield match[0]
        elif isinstance(node.value, int) and abs(node.value) >= HUGE:
            yield "a number with many digits"


def _module(name: str) -> bool:
    return MODULES.fullmatch(name.split(".")[0]) is not None or name.startswith(OF_THE_COURSE)


def notes(notebook: Any) -> list[tuple[str, str]]:
    """Return the name of each cell of the learner's with something odd in it, and what it is."""
    told = []
    for index, cell in enumerate(notebook.cells):
        if (
            cell.cell_type != "code"
            or cell.get("id") == "install"
            or is_test(cell)
            or is_setup(cell)
        ):
            continue
        if found := odd(cell.source):
            told.append((cell_name(cell, index), _first(found)))
    return told


def of_files(files: Mapping[str, Path]) -> list[tuple[str, str]]:
    """Return the name of each Python file beside the notebook with something odd in it, and what.

    Parameters
    ----------
    files : mapping
        The files by their names there (`collect.beside`).
    """
    told = []
    for name, path in files.items():
        if Path(name).suffix.lower() == ".py" and (
            found := odd(raw_bytes(path).decode("utf-8-sig", "replace"))
        ):
            told.append((name, _first(found)))
    return told


def _first(found: list[str]) -> str:
    return ", ".join(found[:6]) + (", and more" if len(found) > 6 else "")
