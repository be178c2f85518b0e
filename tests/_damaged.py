"""Submissions of exercise 2 as they should not be, each with the outcome that it must have."""

from __future__ import annotations

import copy
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
SLUG = "02_rnn"
NAME = f"{SLUG}.ipynb"
# the classifier stays unanswered: it would train for each submission of the corpus
FULL = {
    "test_leaky_step": 1.0,
    "test_masked_sequence": 1.0,
    "test_tagger_parameters": 1.0,
    "test_latch": 1.0,
    "test_surname_classifier": 0.0,
}
BLANK = {"leaky_step": 0, "masked_sequence": 0, "tagger_parameters": 0, "latch": 0}
NOTHING: dict[str, float | None] = dict.fromkeys(FULL)


@dataclass(frozen=True)
class Case:
    """One submission: how to build it, the share of each test's points, words to be reported."""

    build: Callable[[Path, str], None]  # given submitted/LEARNER/ASSIGNMENT and the assignment
    points: dict[str, float | None] = field(default_factory=lambda: dict(FULL))
    words: tuple[str, ...] = ()


CASES: dict[str, Case] = {}


def case(*words: str, **lost: float) -> Callable:
    """Enter a builder of a submission that can be graded; tasks in ``lost`` do not get all."""

    def enter(build: Callable[[Path, str], None]) -> Callable[[Path, str], None]:
        points = FULL | {f"test_{task}": share for task, share in lost.items()}
        CASES[build.__name__] = Case(build, points, words)
        return build

    return enter


def hopeless(*words: str) -> Callable:
    """Enter a builder of a submission that cannot be graded."""

    def enter(build: Callable[[Path, str], None]) -> Callable[[Path, str], None]:
        CASES[build.__name__] = Case(build, NOTHING, words)
        return build

    return enter


# pieces


def released() -> dict:
    return json.loads((ROOT / "exercises" / SLUG / NAME).read_text("utf-8"))


def reference() -> dict[str, str]:
    """Return the reference's answer to each task."""
    notebook = nbformat.read(ROOT / "solutions" / SLUG / NAME, as_version=4)
    marked = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    return {cell.id: cell.source for cell in marked if cell.id != "surname_classifier"}


def answered() -> dict:
    """Return the release with the reference's answers in it, as JSON."""
    notebook, answers = released(), reference()
    for cell in notebook["cells"]:
        cell["source"] = answers.get(cell["id"], "".join(cell["source"]))
    return notebook


def at(notebook: dict, name: str) -> int:
    return next(i for i, cell in enumerate(notebook["cells"]) if cell["id"] == name)


def cell(notebook: dict, name: str) -> dict:
    return notebook["cells"][at(notebook, name)]


def own(source: str, kind: str = "code") -> dict:
    made = {"cell_type": kind, "id": f"mine{abs(hash(source)) % 10**6}", "metadata": {}}
    made["source"] = source
    return made | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def doubled(notebook: dict, name: str, source: str | None = None) -> dict:
    """Return a copy of a cell as JupyterLab makes it: its marks and another id."""
    made = copy.deepcopy(cell(notebook, name))
    made["id"] = f"{name}-copy"
    made["source"] = made["source"] if source is None else source
    return made


def text(notebook: object) -> str:
    return json.dumps(notebook, ensure_ascii=False, indent=1)


def put(folder: Path, content: object, name: str = NAME) -> Path:
    """Write one file of a submission, given as a notebook, as text or as bytes."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, dict):
        content = text(content)
    path.write_bytes(content if isinstance(content, bytes) else str(content).encode("utf-8"))
    return path


def elsewhere(folder: Path) -> Path:
    """Return a folder outside of the submissions that holds a good one."""
    there = folder.parent.parent.parent / "elsewhere"
    put(there, answered())
    return there


# files that hold no notebook


@hopeless("it is not JSON", "send the .ipynb")
def not_json(folder: Path, slug: str) -> None:
    put(folder, "def leaky_step(x, h, alpha, weight_ih, weight_hh, bias):\n    return h\n")


@hopeless("stops in the middle", "send the .ipynb")
def truncated(folder: Path, slug: str) -> None:
    whole = text(answered())
    put(folder, whole[: len(whole) // 2])


@hopeless("is empty")
def empty_file(folder: Path, slug: str) -> None:
    put(folder, b"")


@hopeless("is empty")
def only_nul_bytes(folder: Path, slug: str) -> None:
    put(folder, bytes(5000))


@hopeless("JSON of another kind")
def json_of_another_kind(folder: Path, slug: str) -> None:
    put(folder, "[1, 2, 3]")


@hopeless("it has no cells")
def no_cells_at_all(folder: Path, slug: str) -> None:
    put(folder, {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": "none"})


@hopeless("nested too deeply")
def huge_nesting(folder: Path, slug: str) -> None:
    put(folder, '{"cells": ' + "[" * 200_000 + "]" * 200_000 + "}")


@hopeless("zip archive")
def archive(folder: Path, slug: str) -> None:
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / NAME, "w") as file:
        file.writestr(NAME, text(answered()))


@hopeless("No notebook was found", "send 02_rnn.ipynb")
def exported_as_python(folder: Path, slug: str) -> None:
    put(folder, "\n\n".join(reference().values()), "02_rnn.py")


@hopeless("merge conflict")
def merge_conflict(folder: Path, slug: str) -> None:
    lines = text(answered()).split("\n")
    lines[40:40] = ["<<<<<<< HEAD", "=======", ">>>>>>> mine"]
    put(folder, "\n".join(lines))


@hopeless("101 MB", "100 MB are allowed")
def too_large(folder: Path, slug: str) -> None:
    with put(folder, "{").open("r+b") as file:
        file.truncate(101 * 2**20)


@hopeless("characters; 20,000,000 are allowed")
def endless_cell(folder: Path, slug: str) -> None:
    notebook = answered()
    cell(notebook, "latch")["source"] += "\n# more" * 3_000_000
    put(folder, notebook)


@hopeless("is damaged")
def utf16_cut_in_a_character(folder: Path, slug: str) -> None:
    put(folder, text(answered()).encode("utf-16")[:-1])


# files that hold one in another form


def _old(notebook: dict) -> list[dict]:
    """Return the cells in the form of format 3."""
    cells = []
    for held in notebook["cells"]:
        made = {"cell_type": held["cell_type"], "metadata": held["metadata"]}
        if held["cell_type"] == "code":
            made |= {"input": held["source"], "language": "python", "outputs": []}
        else:
            made["source"] = held["source"]
        cells.append(made)
    title = {"cell_type": "heading", "level": 2, "metadata": {}, "source": "My work"}
    return [title, *cells]


@case("format 3")
def format_3(folder: Path, slug: str) -> None:
    sheets = [{"cells": _old(answered()), "metadata": {}}]
    put(
        folder, {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": sheets}
    )


@case("format 2", "lost the marks")
def format_2(folder: Path, slug: str) -> None:
    cells = [{k: v for k, v in held.items() if k != "metadata"} for held in _old(answered())]
    put(folder, {"metadata": {}, "nbformat": 2, "worksheets": [{"cells": cells}]})


@case("format 99")
def format_99(folder: Path, slug: str) -> None:
    put(folder, answered() | {"nbformat": 99, "nbformat_minor": "new"})


@case("no format version")
def format_missing(folder: Path, slug: str) -> None:
    notebook = answered()
    del notebook["nbformat"], notebook["nbformat_minor"]
    put(folder, notebook)


@case("50 MB", "output was left out")
def huge_output(folder: Path, slug: str) -> None:
    notebook = answered()
    stream = {
        "output_type": "stream",
        "name": "stdout",
        "text": "epoch 1: loss 2.30\n" * (50 * 2**20 // 20),
    }
    cell(notebook, "leaky_step")["outputs"] = [stream]
    put(folder, notebook)


def _accented() -> dict:
    notebook = answered()
    cell(notebook, "leaky_step")["source"] += "\n# la fuite décide: α près de 1"
    return notebook


@case("UTF-16")
def utf16(folder: Path, slug: str) -> None:
    put(folder, text(_accented()).encode("utf-16"))


@case("LATIN-1")
def latin1(folder: Path, slug: str) -> None:
    put(folder, text(_accented()).replace("α", "a").encode("latin-1", "replace"))


@case()
def utf8_with_a_mark(folder: Path, slug: str) -> None:
    put(folder, text(_accented()).encode("utf-8-sig"))


@case("Windows")
def windows_line_ends(folder: Path, slug: str) -> None:
    notebook = answered()
    for held in notebook["cells"]:
        held["source"] = held["source"].replace("\n", "\r\n")
    put(folder, text(notebook).replace("\n", "\r\n"))


@case("old Macs")
def carriage_returns_only(folder: Path, slug: str) -> None:
    notebook = answered()
    for held in notebook["cells"]:
        held["source"] = held["source"].replace("\n", "\r")
    put(folder, text(notebook).replace("\n", "\r"))


@case("NUL bytes")
def nul_bytes_after_the_end(folder: Path, slug: str) -> None:
    put(folder, text(answered()).encode() + bytes(4096))


@case("characters that no program can hold")
def nul_and_half_characters_in_a_cell(folder: Path, slug: str) -> None:
    notebook = answered()
    cell(notebook, "latch")["source"] += "\n# \0 here, and half of one: \udc80"
    put(folder, json.dumps(notebook))


@case("NaN")
def nan_in_json(folder: Path, slug: str) -> None:
    notebook = answered()
    notebook["metadata"]["accuracy"] = float("nan")
    cell(notebook, "latch")["metadata"]["seconds"] = float("inf")
    put(folder, notebook)


@case()
def deep_metadata(folder: Path, slug: str) -> None:
    notebook, deep = answered(), {}
    for _ in range(300):
        deep = {"more": deep}
    cell(notebook, "latch")["metadata"]["history"] = deep
    put(folder, notebook)


# marks for grading lost or changed


@case("13 cells had lost the marks", "functions that they define")
def no_metadata(folder: Path, slug: str) -> None:
    notebook = answered()
    for number, held in enumerate(notebook["cells"]):
        held["metadata"], held["id"] = {}, f"x{number}"
    put(folder, notebook | {"metadata": {}})


@case("Colab", "recognised by")
def colab(folder: Path, slug: str) -> None:
    notebook = answered()
    notebook["metadata"] = {
        "colab": {"provenance": [], "toc_visible": True},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
    }
    for number, held in enumerate(notebook["cells"]):
        del held["id"]
        held["metadata"] = {"id": f"aB3_{number}xYz", "outputId": "4f-1"}
    put(folder, notebook | {"nbformat_minor": 0})


@case("VS Code", "recognised by their ids")
def vscode(folder: Path, slug: str) -> None:
    notebook = answered()
    for held in notebook["cells"]:
        held["metadata"] = {"vscode": {"languageId": "python"}}
    spec = {"display_name": ".venv", "language": "python", "name": "python3"}
    notebook["metadata"] = {"kernelspec": spec, "language_info": {"name": "python"}}
    put(folder, notebook)


@case("instead of 4", "release's points count")
def points_edited(folder: Path, slug: str) -> None:
    notebook = answered()
    cell(notebook, "test_leaky_step")["metadata"]["nbgrader"]["points"] = 400
    put(folder, notebook)


@case("about its grading had been changed")
def marks_edited(folder: Path, slug: str) -> None:
    notebook = answered()
    cell(notebook, "test_latch")["metadata"]["nbgrader"] |= {"locked": False, "solution": True}
    cell(notebook, "latch")["metadata"]["nbgrader"] |= {"schema_version": "new", "grade": 1}
    put(folder, notebook)


@case("locked cell test_latch stood twice", "learner's own")
def grade_id_doubled(folder: Path, slug: str) -> None:
    notebook = answered()
    notebook["cells"].append(doubled(notebook, "test_latch", "print('my own experiment')"))
    put(folder, notebook)


@case("marked as masked_sequence holds what belongs to leaky_step", "was taken for leaky_step")
def grade_ids_swapped(folder: Path, slug: str) -> None:
    notebook = answered()
    one, other = cell(notebook, "leaky_step"), cell(notebook, "masked_sequence")
    one["metadata"], other["metadata"] = other["metadata"], one["metadata"]
    one["id"], other["id"] = "a", "b"
    put(folder, notebook)


@case("has no cell my_task", "not graded")
def grade_id_unknown(folder: Path, slug: str) -> None:
    notebook = answered()
    made = doubled(notebook, "latch", "mine = 1")
    made["metadata"]["nbgrader"]["grade_id"] = "my_task"
    notebook["cells"].insert(3, made)
    put(folder, notebook)


@case("kernel no-such-kernel", "Python 3")
def kernel_that_does_not_exist(folder: Path, slug: str) -> None:
    notebook = answered()
    notebook["metadata"] = {"kernelspec": {"name": "no-such-kernel", "display_name": "Gone"}}
    put(folder, notebook)


@case("kernel julia-1.10")
def kernel_of_another_language(folder: Path, slug: str) -> None:
    notebook = answered()
    spec = {"name": "julia-1.10", "display_name": "Julia", "language": "julia"}
    notebook["metadata"] = {"kernelspec": spec, "language_info": {"name": "julia"}}
    put(folder, notebook)


@case()
def no_cell_ids(folder: Path, slug: str) -> None:
    notebook = answered() | {"nbformat_minor": 4}
    for held in notebook["cells"]:
        del held["id"]
    put(folder, notebook)


@case()
def doubled_cell_ids(folder: Path, slug: str) -> None:
    notebook = answered()
    for held in notebook["cells"]:
        held["id"] = "same"
    put(folder, notebook)


@case()
def bad_cell_ids(folder: Path, slug: str) -> None:
    notebook = answered()
    for number, held in enumerate(notebook["cells"]):
        held["id"] = [number, "not an id!", "x" * 100, None, ["a"], {}][number % 6]
    put(folder, notebook)


@case()
def odd_notebook_metadata(folder: Path, slug: str) -> None:
    notebook = answered()
    notebook["metadata"] |= {"title": 3, "authors": "me", "orig_nbformat": "four"}
    cell(notebook, "latch")["metadata"] |= {"tags": [1, "a,b"], "name": 7, "collapsed": "yes"}
    put(folder, notebook)


# cells


@case("3 locked cells were missing", "Put back")
def locked_cells_deleted(folder: Path, slug: str) -> None:
    notebook = answered()
    for name in ("setup-imports", "test_leaky_step", "test_latch"):
        notebook["cells"].pop(at(notebook, name))
    put(folder, notebook)


@case("task latch was missing", "not answered", latch=0)
def answer_deleted(folder: Path, slug: str) -> None:
    notebook = answered()
    notebook["cells"].pop(at(notebook, "latch"))
    put(folder, notebook)


@case("No task of this exercise", **BLANK)
def all_cells_deleted(folder: Path, slug: str) -> None:
    put(folder, answered() | {"cells": [own("print('nothing left')")]})


@case("No task of this exercise", **BLANK)
def another_exercise(folder: Path, slug: str) -> None:
    put(folder, (ROOT / "exercises" / "06_gru" / "06_gru.ipynb").read_bytes())


@case("task leaky_step stood twice", "The second was graded, the first left as it was.")
def answer_doubled(folder: Path, slug: str) -> None:
    notebook = answered()
    again = doubled(notebook, "leaky_step")
    cell(notebook, "leaky_step")["source"] = "def leaky_step(*a):\n    return 0  # a first try"
    notebook["cells"].insert(at(notebook, "leaky_step") + 1, again)
    put(folder, notebook)


@case("task latch stood 3 times", "The second was graded", "An empty copy was left out")
def untouched_copy_after_the_answer(folder: Path, slug: str) -> None:
    notebook = answered()
    stub = "".join(cell(released(), "latch")["source"])
    first = doubled(notebook, "latch", "def latch():\n    return None")
    last = doubled(notebook, "latch", stub)
    place = at(notebook, "latch")
    notebook["cells"][place : place + 1] = [first, notebook["cells"][place], last]
    put(folder, notebook)


@case("task tagger_parameters was empty; another cell defines", "That one was graded")
def answer_in_another_cell(folder: Path, slug: str) -> None:
    notebook = answered()
    held = cell(notebook, "tagger_parameters")
    notebook["cells"].append(own(held["source"]))
    held["source"] = "".join(cell(released(), "tagger_parameters")["source"])
    put(folder, notebook)


@case("3 cells", "in another place", "order was put back")
def cells_moved(folder: Path, slug: str) -> None:
    notebook = answered()
    for name in ("latch", "test_leaky_step", "setup-imports"):
        notebook["cells"].append(notebook["cells"].pop(at(notebook, name)))
    put(folder, notebook)


@case("cells", "in another place")
def cells_turned_round(folder: Path, slug: str) -> None:
    notebook = answered()
    notebook["cells"].reverse()
    put(folder, notebook)


@case("test_leaky_step and the cell of task leaky_step stood in one cell")
def answer_and_test_merged(folder: Path, slug: str) -> None:
    notebook = answered()
    test = notebook["cells"].pop(at(notebook, "test_leaky_step"))
    cell(notebook, "leaky_step")["source"] += "\n\n" + test["source"]
    put(folder, notebook)


@case("task leaky_step and the locked cell test_leaky_step stood in one cell")
def answer_merged_into_the_test(folder: Path, slug: str) -> None:
    notebook = answered()
    answer = notebook["cells"].pop(at(notebook, "leaky_step"))
    test = cell(notebook, "test_leaky_step")
    test["source"] = answer["source"] + "\n\n" + test["source"]
    put(folder, notebook)


@case("task latch and the cell of task leaky_step stood in one cell", "Both were graded")
def two_answers_merged(folder: Path, slug: str) -> None:
    notebook = answered()
    answer = notebook["cells"].pop(at(notebook, "latch"))
    cell(notebook, "leaky_step")["source"] += "\n\n" + answer["source"]
    put(folder, notebook)


@case("task leaky_step and the cell of task latch stood in one cell", "Both were graded")
def earlier_answer_merged_into_a_later_one(folder: Path, slug: str) -> None:
    notebook = answered()
    answer = notebook["cells"].pop(at(notebook, "leaky_step"))
    cell(notebook, "latch")["source"] += "\n\n" + answer["source"]
    put(folder, notebook)


@case("stood in one cell")
def everything_in_one_cell(folder: Path, slug: str) -> None:
    notebook = answered()
    code = [held for held in notebook["cells"] if held["cell_type"] == "code"][2:]
    code[0]["source"] = "\n\n".join(held["source"] for held in code)
    notebook["cells"] = [held for held in notebook["cells"] if held not in code[1:]]
    put(folder, notebook)


@case("task sharing and the locked cell sharing_question stood in one cell")
def question_and_answer_merged(folder: Path, slug: str) -> None:
    notebook = answered()
    answer = notebook["cells"].pop(at(notebook, "sharing"))
    cell(notebook, "sharing_question")["source"] += "\n\n" + answer["source"]
    put(folder, notebook)


@case("task surname_classifier was split", "joined")
def answer_split_between_functions(folder: Path, slug: str) -> None:
    notebook = answered()
    held = cell(notebook, "surname_classifier")
    first, second = held["source"].split("def predict_surnames")
    held["source"] = first
    place = at(notebook, "surname_classifier") + 1
    half = doubled(notebook, "surname_classifier", "def predict_surnames" + second)
    notebook["cells"].insert(place, half)
    put(folder, notebook)


@case("task masked_sequence was split", "joined")
def function_cut_in_two(folder: Path, slug: str) -> None:
    notebook = answered()
    held = cell(notebook, "masked_sequence")
    first, second = held["source"].split("### BEGIN SOLUTION\n")
    held["source"] = first.rstrip()
    notebook["cells"].insert(at(notebook, "masked_sequence") + 1, own(second))
    put(folder, notebook)


@case("task latch was a markdown cell", "graded as code")
def answer_retyped(folder: Path, slug: str) -> None:
    notebook = answered()
    held = cell(notebook, "latch")
    held["cell_type"] = "markdown"
    del held["outputs"], held["execution_count"]
    put(folder, notebook)


@case("task sharing was a code cell", "graded as markdown")
def written_answer_retyped(folder: Path, slug: str) -> None:
    notebook = answered()
    cell(notebook, "sharing").update(cell_type="code", outputs=[], execution_count=3)
    put(folder, notebook)


@case("task leaky_step was a raw cell", "task latch was a raw cell")
def raw_cells(folder: Path, slug: str) -> None:
    notebook = answered()
    for held in notebook["cells"]:
        if held["id"] in ("leaky_step", "latch", "test_latch"):
            held["cell_type"] = "raw"
    notebook["cells"].append(own("some raw text", "raw"))
    put(folder, notebook)


@case("locked cell test_leaky_step had been changed", "release's was put back", leaky_step=0)
def test_edited(folder: Path, slug: str) -> None:
    notebook = answered()
    cell(notebook, "leaky_step")["source"] = "def leaky_step(*a):\n    return 0"
    cell(notebook, "test_leaky_step")["source"] = "assert True"
    put(folder, notebook)


@case("lost the mark", "likeness")
def test_edited_and_metadata_lost(folder: Path, slug: str) -> None:
    notebook = answered()
    for number, held in enumerate(notebook["cells"]):
        held["metadata"], held["id"] = {}, f"x{number}"
        if held["source"].startswith("rng = np.random.default_rng(2)"):
            held["source"] = held["source"].replace("default_rng(2)", "default_rng(3)")
    put(folder, notebook)


@case("likeness", latch=0)
def function_renamed(folder: Path, slug: str) -> None:
    notebook = answered()
    held = cell(notebook, "latch")
    stub = "".join(cell(released(), "latch")["source"])
    held["source"] = stub.replace("def latch(", "def my_latch(")
    held["metadata"], held["id"] = {}, "x"
    put(folder, notebook)


@case("held something else than text", tagger_parameters=0)
def sources_of_other_kinds(folder: Path, slug: str) -> None:
    notebook = answered()
    cell(notebook, "leaky_step")["source"] = cell(notebook, "leaky_step")["source"].splitlines(True)
    cell(notebook, "tagger_parameters")["source"] = 42
    cell(notebook, "title")["source"] = None
    cell(notebook, "latch-text")["source"] = {"text": ["a"]}
    cell(notebook, "shown")["source"] = ["a", 3, None]
    put(folder, notebook)


@case()
def outputs_malformed(folder: Path, slug: str) -> None:
    notebook = answered()
    cell(notebook, "leaky_step")["outputs"] = "none"
    cell(notebook, "latch")["outputs"] = [3, {"output_type": "stream"}, {"text": []}, None]
    cell(notebook, "test_latch").update(execution_count="many", prompt_number=[1], outputs={})
    put(folder, notebook)


@case()
def attachments(folder: Path, slug: str) -> None:
    notebook = answered()
    image = {"drawing.png": {"image/png": "iVBORw0KGgo="}}
    cell(notebook, "sharing")["source"] += "\n\n![my drawing](attachment:drawing.png)"
    cell(notebook, "sharing")["attachments"] = image
    cell(notebook, "latch")["attachments"] = image
    cell(notebook, "title")["attachments"] = ["not", "one"]
    put(folder, notebook)


@case("held something else than text", "no type that a notebook knows")
def cells_that_are_none(folder: Path, slug: str) -> None:
    notebook = answered()
    notebook["cells"][1:1] = [None, 3, "text", [], {}, {"cell_type": "heading", "source": "Hi"}]
    put(folder, notebook)


@case()
def own_cells_between(folder: Path, slug: str) -> None:
    notebook = answered()
    for number in range(len(notebook["cells"]), 0, -1):
        notebook["cells"].insert(number, own(f"mine_{number} = {number}"))
    put(folder, notebook)


@case("1200 cells", "1000 are allowed")
def very_many_cells(folder: Path, slug: str) -> None:
    notebook = answered()
    size = 1200 - len(notebook["cells"])
    notebook["cells"] += [own(f"a{number} = 1") for number in range(size)]
    put(folder, notebook)


# files and folders


@case("is called my work (1).ipynb", "graded as 02_rnn.ipynb")
def renamed(folder: Path, slug: str) -> None:
    put(folder, answered(), "my work (1).ipynb")


@case("is called 02_rnn.ipynb.txt")
def text_suffix(folder: Path, slug: str) -> None:
    put(folder, answered(), "02_rnn.ipynb.txt")


@case("is called homework/week 2/02_rnn.ipynb")
def in_a_subfolder(folder: Path, slug: str) -> None:
    put(folder, answered(), "homework/week 2/02_rnn.ipynb")


@case("without answers", "left out")
def extra_notebooks(folder: Path, slug: str) -> None:
    put(folder, answered())
    put(folder, {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}, "scratch.ipynb")
    put(folder, "no notebook", "old/broken.ipynb")
    put(folder, released(), ".ipynb_checkpoints/02_rnn-checkpoint.ipynb")


@case("could both be the submission", "it has the right name", latch=0)
def two_plausible_notebooks(folder: Path, slug: str) -> None:
    notebook = answered()
    cell(notebook, "latch")["source"] = "def latch():\n    return None"
    put(folder, notebook)
    put(folder, answered(), "02_rnn (final).ipynb")


@case("02_rnn (1).ipynb", "without answers")
def untouched_under_the_right_name(folder: Path, slug: str) -> None:
    put(folder, released())
    put(folder, answered(), "02_rnn (1).ipynb")


@case("it is not JSON", "was graded instead")
def broken_under_the_right_name(folder: Path, slug: str) -> None:
    put(folder, "oh no")
    put(folder, answered(), "copy.ipynb")


@case("Beside the notebook came data/table.csv, helper.py and image.png", "find it there")
def other_files(folder: Path, slug: str) -> None:
    put(folder, answered())
    put(folder, "a,b\n1,2\n", "data/table.csv")
    put(folder, "SIZE = 3\n", "helper.py")
    put(folder, bytes(range(256)), "image.png")


@case("notes.txt", "link", "not followed")
def link_to_a_file_of_the_system(folder: Path, slug: str) -> None:
    put(folder, answered())
    (folder / "notes.txt").symlink_to("/etc/passwd")


@case("link", "not followed")
def link_to_a_folder(folder: Path, slug: str) -> None:
    put(folder, answered())
    (folder / "all").symlink_to("/etc", target_is_directory=True)


@hopeless("It is a link", "send the file itself")
def notebook_is_a_link_to_anothers(folder: Path, slug: str) -> None:
    folder.mkdir(parents=True)
    (folder / NAME).symlink_to(elsewhere(folder) / NAME)


@hopeless("The folder is a link")
def folder_is_a_link_to_anothers(folder: Path, slug: str) -> None:
    folder.parent.mkdir(parents=True)
    folder.symlink_to(elsewhere(folder), target_is_directory=True)


@case("link", "not followed")
def links_in_a_circle(folder: Path, slug: str) -> None:
    put(folder, answered())
    (folder / "round").symlink_to(folder, target_is_directory=True)
    (folder / "self").symlink_to("self")


@case("holds what no name")
def odd_names(folder: Path, slug: str) -> None:
    put(folder, answered())
    put(folder, "x", "..\\..\\gradebook.db")
    put(folder, "x", "two\nlines.csv")
    put(folder, "x", "\x1b[31mred.csv")
    put(folder, "x", "right\u202eto left.csv")
    put(folder, "x", "a" * 250 + ".csv")
    put(folder, "x", "... .csv")
    (Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.csv"))).write_bytes(b"x")


@case("folders deep")
def deep_folders(folder: Path, slug: str) -> None:
    put(folder, answered())
    put(folder, "x", "/".join("a" * 40 for _ in range(15)) + "/x.csv")


@case("more than 1000 files")
def very_many_files(folder: Path, slug: str) -> None:
    put(folder, answered())
    for number in range(1010):
        put(folder, "x", f"data/{number}.csv")


@case("There are 30 notebooks; 20 were looked at", "without answers")
def very_many_notebooks(folder: Path, slug: str) -> None:
    put(folder, answered())
    for number in range(29):
        put(folder, released(), f"copies/{number}.ipynb")


@case("The time of the submission cannot be read")
def time_without_an_end(folder: Path, slug: str) -> None:
    put(folder, answered())
    put(folder, "2026-03-06 18:00:00 " + "1 " * 10**6, "timestamp.txt")


@hopeless("It is a folder where a file should be", "No notebook was found")
def folder_where_the_file_should_be(folder: Path, slug: str) -> None:
    (folder / NAME).mkdir(parents=True)


@case("It is a folder where a file should be", "is called 02_rnn.ipynb/02_rnn.ipynb")
def notebook_in_a_folder_of_its_name(folder: Path, slug: str) -> None:
    put(folder, answered(), f"{NAME}/{NAME}")


@case("not a plain file")
def pipe(folder: Path, slug: str) -> None:
    put(folder, answered())
    os.mkfifo(folder / "data.csv")


@hopeless("No notebook was found")
def empty_folder(folder: Path, slug: str) -> None:
    folder.mkdir(parents=True)


@case("data.bin", "101 MB")
def large_file(folder: Path, slug: str) -> None:
    put(folder, answered())
    with put(folder, b"x", "data.bin").open("r+b") as file:
        file.truncate(101 * 2**20)


if os.geteuid():  # nothing is closed to root

    @hopeless("permission denied")
    def unreadable(folder: Path, slug: str) -> None:
        put(folder, answered()).chmod(0)


@case("2 submissions", "The latest")
def two_folders_of_one_learner(folder: Path, slug: str) -> None:
    put(folder, answered())
    put(folder, "2026-03-02 10:00:00 UTC", "timestamp.txt")
    other = folder.parent.parent / f"{folder.parent.name} " / slug
    put(other, released())
    put(other, "2026-03-01 10:00:00 UTC", "timestamp.txt")


# time


@case()
def late(folder: Path, slug: str) -> None:
    put(folder, answered())
    put(folder, "2035-01-01 00:00:00 UTC\n", "timestamp.txt")


@case("time of the submission cannot be read", "on time")
def broken_timestamp(folder: Path, slug: str) -> None:
    put(folder, answered())
    put(folder, "last Tuesday, I believe", "timestamp.txt")


@case("time of the submission cannot be read")
def timestamp_of_bytes(folder: Path, slug: str) -> None:
    put(folder, answered())
    put(folder, b"\xff\xfe\x00\x9f", "timestamp.txt")


# code that does not run


@case(latch=0)
def syntax_error(folder: Path, slug: str) -> None:
    notebook = answered()
    cell(notebook, "latch")["source"] = "def latch(:\n    return 1"
    put(folder, notebook)


@case(masked_sequence=0)
def import_that_does_not_exist(folder: Path, slug: str) -> None:
    notebook = answered()
    held = cell(notebook, "masked_sequence")
    held["source"] = "import nunpy\n\n" + held["source"]
    put(folder, notebook)


@case(tagger_parameters=0)
def tabs_and_spaces(folder: Path, slug: str) -> None:
    notebook = answered()
    cell(notebook, "tagger_parameters")["source"] = (
        "def tagger_parameters(*sizes):\n    if sizes:\n\treturn 1\n        return 2"
    )
    put(folder, notebook)


@case("took too long", latch=0)
def training_that_takes_for_ever(folder: Path, slug: str) -> None:
    notebook = answered()
    held = cell(notebook, "latch")
    held["source"] = "while True:  # train\n    pass\n\n" + held["source"]
    put(folder, notebook)
