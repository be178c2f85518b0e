"""Does the tree that learners get work, and is there no answer in it?"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from rnn_utils.grading import bank, release, student
from rnn_utils.grading.exercise import read

ROOT = Path(__file__).resolve().parent.parent
SLUGS = release.slugs(ROOT)
TRY = """
import json, sys
from pathlib import Path
import rnn_utils
from rnn_utils import checks
from rnn_utils.grading.exercise import Runner, read
assert Path(rnn_utils.__file__).is_relative_to(Path.cwd()), rnn_utils.__file__
for slug, name, answer in json.load(sys.stdin):
    exercise = read(Path("exercises") / slug / f"{slug}.ipynb")
    task = exercise.tasks[name]
    assert not task.hidden
    try:
        said = Runner(exercise).run(task, task.solution if answer is None else answer, task.visible)
    except checks.Failed as error:
        said = str(error)
    print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    into = tmp_path_factory.mktemp("learners") / "student"
    assert student.main(["--course", str(ROOT), str(into)]) == 0
    return into


def test_is_no_hidden_test_solution_or_answer_of_the_bank_in_the_tree(tree):
    assert student.leaks(ROOT, tree) == []


def test_does_the_tree_hold_what_learners_need_and_nothing_of_instructors(tree):
    names = {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()}
    assert names >= {f"exercises/{slug}/{slug}.ipynb" for slug in SLUGS}
    assert names >= {f"book/{slug}.ipynb" for slug in SLUGS}
    assert names >= {f"rnn_utils/diagnoses/{slug}.json" for slug in SLUGS}
    assert {"README.md", "pyproject.toml", "LICENSE", "rnn_utils/checks.py"} <= names
    top = {name.split("/")[0] for name in names}
    assert top - {"book", "exercises", "rnn_utils"} == {
        *("README.md", "pyproject.toml", "LICENSE", "LICENSE-TEXT", "CITATION.cff"),
    }
    assert not names & {"book/instructors.md", "book/kill_matrix.md"}
    assert names - {"README.md", "book/index.md"} <= set(student.tracked(ROOT))


def test_are_all_marks_of_hidden_regions_gone(tree):
    for path in (tree / "exercises").rglob("*.ipynb"):
        text = path.read_text("utf-8")
        assert "BEGIN HIDDEN" not in text
        assert "BEGIN SOLUTION" not in text
        assert "BEGIN MARK SCHEME" not in text


def test_does_every_link_of_the_tree_lead_somewhere(tree):
    for path in [*tree.rglob("*.ipynb"), *tree.rglob("*.md")]:
        text = path.read_text("utf-8")
        if path.suffix == ".ipynb":
            cells = json.loads(text)["cells"]
            text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        for link in re.findall(r"\]\(((?!https?:|#|attachment:)[^)#\s]+)", text):
            assert (path.parent / link).exists(), f"{path.name}: {link}"


def test_does_the_package_of_the_tree_check_answers(tree):
    """Does a right answer pass, a wrong one get its message, an untouched one a word?"""
    given, expected = [], []
    for slug in SLUGS:
        exercise = read(release.source(ROOT, slug))
        name = next(n for n, task in exercise.tasks.items() if task.has_bank)
        answers = bank.answers(ROOT, slug, name)
        wrong = next(answer for answer in answers if not answer.right)
        given += [(slug, name, next(answer for answer in answers if answer.right).source)]
        given += [(slug, name, wrong.source), (slug, name, None)]
        expected += [f"{name}: right in ", wrong.message, f"{name} is not written yet"]
    run = subprocess.run(
        [sys.executable, "-c", TRY],
        cwd=tree,
        input=json.dumps(given),
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    said = [json.loads(line) for line in run.stdout.splitlines()]
    for words, wanted, (slug, name, _) in zip(said, expected, given, strict=True):
        assert wanted in words, f"{slug}/{name}"


def test_is_a_leak_found_wherever_it_stands(tree, tmp_path):
    """Plant one hidden test, solution and answer for each task in files of several kinds."""
    planted, (secrets, _) = {}, student.secrets(ROOT)
    for number, slug in enumerate(SLUGS):
        for name, task in read(release.source(ROOT, slug)).tasks.items():
            kinds = {"the hidden tests of": task.hidden, "the solution of": task.solution}
            if task.has_bank:
                kinds["the bank's"] = bank.answers(ROOT, slug, name)[number].source
            for kind, text in kinds.items():
                path = tmp_path / f"{slug}_{name}_{kind.split()[1]}"
                if number % 3 == 0:
                    path = path.with_suffix(".py")
                    path.write_text("import os\n" + text.replace("    ", "\t") + "\nx = 1\n")
                elif number % 3 == 1:
                    path = path.with_suffix(".json")
                    path.write_text(json.dumps({"a": [{"b": text}]}))
                else:
                    path = path.with_suffix(".ipynb")
                    cell = nbformat.v4.new_code_cell("y = 2", metadata={"was": text.split("\n")})
                    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
                planted[path.name] = kind
        scheme = next(secret for secret in secrets if f"mark scheme of {slug}" in secret.what)
        (tmp_path / f"{slug}_rubric.md").write_text("- one\n- " + "\n".join(scheme.lines))
        planted[f"{slug}_rubric.md"] = "the mark scheme of"
    found = student.leaks(ROOT, tmp_path)
    for name, kind in planted.items():
        assert any(line.startswith(f"{name}: {kind}") for line in found), f"{name}: {kind}"


def test_is_one_long_line_of_a_hidden_test_a_leak(tmp_path):
    lines = [
        line
        for secret in student.secrets(ROOT)[0]
        if secret.alone
        for line in secret.lines
        if len(line) >= student.LONG
    ]
    assert len(lines) > 200
    (tmp_path / "a.md").write_text(f"see\n   {lines[7]}\n")
    assert student.leaks(ROOT, tmp_path)[0].startswith("a.md: the hidden tests of ")


@pytest.fixture
def course(tmp_path):
    """A small course under git: one exercise, and files that learners must not get."""
    course = tmp_path / "course"
    for name in student.tracked(ROOT):
        wanted = name.startswith(
            ("solutions/01", "exercises/01", "book/01", "tests/submissions/01")
        )
        if wanted or name in ("README.md", "Makefile", "rnn_utils/checks.py"):
            (course / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, course / name)
    subprocess.run(["git", "init", "-q", str(course)], check=True)
    subprocess.run(["git", "-C", str(course), "add", "."], check=True)
    return course


def test_is_nothing_written_where_an_exercise_holds_an_answer(course, tmp_path, capsys):
    into = tmp_path / "student"
    assert student.main(["--course", str(course), str(into)]) == 0
    before = sorted(path.name for path in into.rglob("*"))
    shutil.copy(release.source(course, SLUGS[0]), course / "exercises" / SLUGS[0])
    assert student.main(["--course", str(course), str(into)]) == 1
    said = capsys.readouterr().err
    assert "nothing written, because learners would get:" in said
    assert f"exercises/{SLUGS[0]}/{SLUGS[0]}.ipynb: the hidden tests of {SLUGS[0]}/" in said
    assert sorted(path.name for path in into.rglob("*")) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["course", "student"]


def test_do_only_tracked_files_get_in(course, tmp_path):
    (course / "exercises" / SLUGS[0] / "answers.ipynb").write_text("{}")
    (course / "rnn_utils" / "mine.py").write_text("")
    into = tmp_path / "student"
    student.write(course, into)
    assert not [path for path in into.rglob("*") if path.name in ("answers.ipynb", "mine.py")]
    assert not (into / "Makefile").exists()


def test_is_a_folder_with_other_work_left_alone(course, tmp_path, capsys):
    into = tmp_path / "student"
    into.mkdir()
    (into / "thesis.txt").write_text("years")
    assert student.main(["--course", str(course), str(into)]) == 1
    assert "expected no folder or an earlier tree" in capsys.readouterr().err
    assert (into / "thesis.txt").read_text() == "years"
    (into / "thesis.txt").unlink()
    assert student.main(["--course", str(course), str(into)]) == 0
    (into / "old.txt").write_text("an earlier tree is replaced")
    assert student.main(["--course", str(course), str(into)]) == 0
    assert not (into / "old.txt").exists()


def test_are_a_folder_without_git_and_one_without_solutions_named(course, tmp_path, capsys):
    plain = tmp_path / "plain"
    shutil.copytree(course, plain, ignore=shutil.ignore_patterns(".git"))
    assert student.main(["--course", str(plain), str(tmp_path / "a")]) == 1
    assert "expected a git checkout" in capsys.readouterr().err
    shutil.rmtree(course / "solutions")
    assert student.main(["--course", str(course), str(tmp_path / "a")]) == 1
    assert "expected solutions/ to look for" in capsys.readouterr().err
    assert not (tmp_path / "a").exists()
