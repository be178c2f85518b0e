"""Every exercise in this process: banks of answers, releases, and what they must not hold."""

import ast
import functools
import json
import re
from pathlib import Path

import nbformat
import pytest

from rnn_utils import checks
from rnn_utils.grading import bank, release
from rnn_utils.grading.exercise import Runner, read, split_hidden

ROOT = Path(__file__).resolve().parent.parent
SLUGS = release.slugs(ROOT)
EXERCISES = {slug: read(release.source(ROOT, slug)) for slug in SLUGS}
TASKS = [(slug, task) for slug in SLUGS for task in EXERCISES[slug].tasks]
BANKED = [(slug, task) for slug, task in TASKS if EXERCISES[slug].tasks[task].has_bank]
ANSWERS = [(*key, answer) for key in BANKED for answer in bank.answers(ROOT, *key)]
WRONG = [entry for entry in ANSWERS if not entry[2].right]
RIGHT = [entry for entry in ANSWERS if entry[2].right]
SEEDS = (1, 2, 3)


@functools.cache
def runner(slug):
    return Runner(EXERCISES[slug])


def task_of(slug, task):
    return EXERCISES[slug].tasks[task]


def named(entries):
    return [pytest.param(*entry, id="-".join([*entry[:2], entry[2].name])) for entry in entries]


def released(slug):
    return nbformat.read(ROOT / "exercises" / slug / f"{slug}.ipynb", as_version=4)


@pytest.mark.parametrize(("slug", "task", "answer"), named(WRONG))
def test_does_a_wrong_answer_lose_its_points_with_its_own_message(slug, task, answer, monkeypatch):
    monkeypatch.setenv(checks.SEED_VARIABLE, "20")
    cell = task_of(slug, task)
    with pytest.raises(checks.Mistake) as caught:
        runner(slug).run(cell, answer.source, cell.visible, cell.hidden)
    assert str(caught.value) == answer.message
    assert re.search(r"See section \d+\.\d+\.$", answer.message)


@pytest.mark.parametrize(("slug", "task", "answer"), named(WRONG))
def test_does_a_wrong_answer_also_fail_on_fresh_inputs(slug, task, answer, monkeypatch):
    cell = task_of(slug, task)
    for seed in SEEDS:
        monkeypatch.setenv(checks.SEED_VARIABLE, str(seed))
        with checks.recording(), pytest.raises(checks.Failed):
            runner(slug).run(cell, answer.source, cell.visible, cell.hidden)


@pytest.mark.parametrize(("slug", "task", "answer"), named(RIGHT))
def test_does_a_right_answer_get_full_marks(slug, task, answer, monkeypatch):
    cell = task_of(slug, task)
    for seed in SEEDS:
        monkeypatch.setenv(checks.SEED_VARIABLE, str(seed))
        printed = runner(slug).run(cell, answer.source, cell.visible, cell.hidden)
        assert f"={seed}\n" in printed
        assert "right in" in printed


@pytest.mark.parametrize(("slug", "task"), BANKED)
def test_does_the_reference_get_full_marks_without_a_seed(slug, task, monkeypatch):
    monkeypatch.delenv(checks.SEED_VARIABLE, raising=False)
    cell = task_of(slug, task)
    assert "fresh inputs" in runner(slug).run(cell, cell.solution, cell.visible, cell.hidden)


@pytest.mark.parametrize(("slug", "task"), BANKED)
def test_are_there_six_wrong_and_three_right_answers(slug, task):
    found = bank.answers(ROOT, slug, task)
    assert sum(not answer.right for answer in found) >= 6
    assert sum(answer.right for answer in found) >= 3
    messages = [answer.message for answer in found if not answer.right]
    assert len(set(messages)) == len(messages)


@pytest.mark.parametrize("slug", SLUGS)
def test_does_each_message_point_to_a_section_that_exists(slug):
    chapter = nbformat.read(ROOT / "book" / f"{slug}.ipynb", as_version=4)
    text = "\n".join(cell.source for cell in chapter.cells if cell.cell_type == "markdown")
    sections = set(re.findall(r"^## (\d+\.\d+) ", text, re.M))
    exercise = "\n".join(cell.source for cell in released(slug).cells)
    named = re.findall(r"[Ss]ections? (\d+\.\d+)", exercise)
    for other, _, answer in WRONG:
        named += re.findall(r"section (\d+\.\d+)", answer.message) if other == slug else []
    own = {section for section in named if section.split(".")[0] == str(int(slug[:2]))}
    assert own
    assert own <= sections


@pytest.mark.parametrize(("slug", "task"), BANKED)
def test_does_an_answer_that_knows_the_visible_example_by_heart_fail(slug, task, monkeypatch):
    cell = task_of(slug, task)
    recorded = bank.record(runner(slug), cell, cell.solution)
    name = recorded.function.__name__
    learners = runner(slug).names(cell, cell.solution)
    if name not in learners:
        pytest.skip("the check runs a function of its own, whose outcomes many answers share")
    assert len(recorded.cases) > 1
    right = learners[name]
    known = [(plain_case(case), checks.call(right, case)[1]) for case in recorded.cases.values()]

    def by_heart(*args, **kwargs):
        came = plain_case(kwargs or args)
        return next((value for case, value in known if case == came), known[0][1])

    cell_only = {"replace": {name: by_heart}}
    runner(slug).run(cell, cell.solution, cell.visible, **cell_only)
    for seed in SEEDS:
        monkeypatch.setenv(checks.SEED_VARIABLE, str(seed))
        with pytest.raises(checks.Failed, match="not on fresh inputs"):
            runner(slug).run(cell, cell.solution, cell.visible, cell.hidden, **cell_only)


def plain_case(case):
    return checks.plain(list(case.values()) if isinstance(case, dict) else tuple(case))


@pytest.mark.parametrize("slug", SLUGS)
def test_do_the_untouched_cells_of_a_release_fail(slug):
    fresh = read(ROOT / "exercises" / slug / f"{slug}.ipynb")
    assert list(fresh.tasks) == list(EXERCISES[slug].tasks)
    for cell in fresh.tasks.values():
        with pytest.raises((checks.Failed, NotImplementedError)):
            runner(slug).run(cell, cell.solution, cell.visible)


@pytest.mark.parametrize("slug", SLUGS)
def test_does_a_release_hold_no_answer_no_hidden_test_and_no_rubric(slug):
    text = (ROOT / "exercises" / slug / f"{slug}.ipynb").read_text("utf-8")
    for mark in ("HIDDEN TESTS", "SOLUTION", "MARK SCHEME", "Rubric"):
        assert mark not in text
    sources = {cell.id: cell.source for cell in released(slug).cells}
    for cell in EXERCISES[slug].tasks.values():
        shown = "\n".join(sources.values())
        for secret in secrets_of(cell):
            assert secret not in shown, f"{cell.name}: the release holds {secret!r}"


def secrets_of(cell):
    """Return the longer lines of a task's solution regions and of its hidden test."""
    regions = re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", cell.solution, re.S)
    assert regions, f"{cell.name}: no solution region"
    assert cell.hidden.strip(), f"{cell.name}: no hidden test"
    outside = re.sub(r"### BEGIN SOLUTION\n.*?### END SOLUTION", "", cell.solution, flags=re.S)
    lines = [line.strip() for part in (*regions, cell.hidden) for line in part.split("\n")]
    return [line for line in lines if len(line) > 24 and line not in outside + cell.visible]


@pytest.mark.parametrize("slug", SLUGS)
def test_is_a_release_in_the_committed_form(slug):
    source = nbformat.read(release.source(ROOT, slug), as_version=4)
    notebook = released(slug)
    assert [cell.id for cell in notebook.cells] == [cell.id for cell in source.cells]
    assert all(not c.outputs and c.execution_count is None for c in code_cells(notebook))
    assert notebook.cells[1].id == "install"
    setup = [cell for cell in code_cells(notebook) if cell.id.startswith("setup")]
    assert setup
    assert all(cell.metadata.nbgrader.locked for cell in setup), "autograde restores what is locked"
    assert "What you have shown" in notebook.cells[-1].source
    assert not re.search(r"/(home|root|tmp|work|Users)/", nbformat.writes(notebook))


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("slug", SLUGS)
def test_does_each_task_say_its_points_difficulty_and_minutes(slug):
    cells = nbformat.read(release.source(ROOT, slug), as_version=4).cells
    exercise = EXERCISES[slug]
    headings = [
        re.search(r"\*(\d+) points?, (easy, |medium, |hard, )(\d+) minutes", cell.source)
        for cell in cells
        if re.match(r"## Task \d", cell.source)
    ]
    assert all(headings)
    points = [task.points for task in exercise.tasks.values()] + list(exercise.manual.values())
    assert sorted(float(found[1]) for found in headings) == sorted(points)
    assert 4 <= len(headings) <= 8
    assert exercise.manual, "one short answer is marked by a person"
    assert f"{exercise.points:g} points" in cells[0].source


@pytest.mark.parametrize("slug", SLUGS)
def test_does_no_task_need_the_answer_to_another(slug):
    """A name that one solution defines and another solution or test reads costs points twice."""
    defined = {
        task.name: {
            node.name
            for node in ast.parse(task.solution).body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
        }
        for task in EXERCISES[slug].tasks.values()
    }
    for task in EXERCISES[slug].tasks.values():
        tree = ast.parse(f"{task.solution}\n{task.visible}\n{task.hidden}")
        own = {
            node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)
        }
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        for other, names in defined.items():
            assert other == task.name or not (used - own) & names


def test_does_regenerating_give_what_is_committed():
    assert release.main(["--check", "--course", str(ROOT)]) == 0


@pytest.mark.parametrize("slug", SLUGS)
def test_does_the_package_hold_numbers_for_the_visible_example_only(slug):
    table = json.loads((ROOT / "rnn_utils" / "diagnoses" / f"{slug}.json").read_text("utf-8"))
    assert sorted(table) == sorted(task for other, task in BANKED if other == slug)
    for entry in table.values():
        assert len(entry["right"]) == len(entry["cases"])
        for outcome in entry["right"]:
            assert set(outcome) <= {"value", "raises"}
    sources = [path.read_text("utf-8") for path in (ROOT / "rnn_utils").rglob("*.py")]
    for task in table:
        assert not any(f"def {task}(" in source for source in sources)


# --- the generator itself -------------------------------------------------------------------

NOTEBOOK = """\
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
"""
TEST = """\
checks.examine(double, "99_tiny/double", {"one": (1.0,), "three": (3.0,)})
### BEGIN HIDDEN TESTS
checks.agree(double, lambda x: x + x, lambda rng: (float(rng.normal()),))
### END HIDDEN TESTS
"""


@pytest.fixture
def tiny(tmp_path):
    """A course with one exercise of one task, and two answers in its bank."""
    notebook = nbformat.v4.new_notebook()
    flags = {"schema_version": 3, "task": False}
    notebook.cells = [
        nbformat.v4.new_code_cell("from rnn_utils import checks", id="setup"),
        nbformat.v4.new_code_cell(
            NOTEBOOK,
            id="double",
            metadata={
                "nbgrader": flags
                | {"grade": False, "grade_id": "double", "locked": False, "solution": True}
            },
        ),
        nbformat.v4.new_code_cell(
            TEST,
            id="test_double",
            metadata={
                "nbgrader": flags
                | {
                    "grade": True,
                    "grade_id": "test_double",
                    "locked": True,
                    "points": 2,
                    "solution": False,
                }
            },
        ),
    ]
    path = tmp_path / "solutions" / "99_tiny" / "99_tiny.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    answers = tmp_path / "tests" / "submissions" / "99_tiny" / "double"
    answers.mkdir(parents=True)
    (answers / "right_sum.py").write_text("def double(x):\n    return x + x\n")
    (answers / "wrong_square.py").write_text(
        '"""That is the square. See section 1.1."""\n\n\ndef double(x):\n    return x * x\n'
    )
    return tmp_path


def put(course, name, source):
    (course / "tests" / "submissions" / "99_tiny" / "double" / name).write_text(source)


def tiny_table(course):
    return bank.table(course, read(release.source(course, "99_tiny")))["double"]


def test_does_the_table_hold_what_each_answer_gives(tiny):
    entry = tiny_table(tiny)
    assert [outcome["value"]["values"] for outcome in entry["right"]] == [[2.0], [6.0]]
    assert [m["outcomes"][1]["value"]["values"] for m in entry["mistakes"]] == [[9.0]]


@pytest.mark.parametrize(
    ("name", "source", "words"),
    [
        (
            "wrong_not.py",
            '"""No. See section 1.1."""\ndef double(x):\n    return x + x\n',
            "wrong_not: right in every visible case",
        ),
        (
            "wrong_again.py",
            '"""Twice. See section 1.1."""\ndef double(x):\n    return x**2\n',
            "give the same outcomes",
        ),
        ("wrong_mute.py", "def double(x):\n    return 5 * x\n", "must be the message"),
        ("right_not.py", "def double(x):\n    return x\n", "right_not: in the case 'one' it gives"),
        ("odd.py", "x = 1\n", "expected right_STYLE.py or wrong_MISTAKE.py"),
    ],
)
def test_does_the_generator_refuse_a_bank_that_cannot_teach(tiny, name, source, words):
    put(tiny, name, source)
    with pytest.raises(bank.BankError, match=words):
        tiny_table(tiny)


def test_is_an_answer_that_raises_a_mistake_like_any_other(tiny):
    put(tiny, "wrong_stop.py", '"""Stops. See section 1.1."""\ndef double(x):\n    return x[0]\n')
    outcomes = {m["name"]: m["outcomes"] for m in tiny_table(tiny)["mistakes"]}["stop"]
    assert outcomes[0]["raises"].startswith("TypeError: 'float' object")


def test_are_last_digits_no_difference_between_two_tables():
    old = {"double": {"values": [1.0, 2]}}
    assert bank.agrees(old, {"double": {"values": [1.0 + 1e-9, 2]}})
    assert not bank.agrees(old, {"double": {"values": [1.0 + 1e-4, 2]}})
    assert not bank.agrees(old, {"double": {"values": [1.0, 3]}})
    assert not bank.agrees(old, {"other": {"values": [1.0, 2]}})


def test_is_the_visible_part_of_a_test_what_a_learner_sees():
    visible, hidden = split_hidden(TEST)
    assert "examine" in visible
    assert "agree" not in visible
    assert "agree" in hidden
    assert "examine" not in hidden
    with pytest.raises(ValueError, match="a hidden region has no"):
        split_hidden("### BEGIN HIDDEN TESTS\nx = 1")


def test_does_check_fail_on_a_stale_release_and_say_what_to_do(tiny, capsys):
    (tiny / "nbgrader_config.py").write_text((ROOT / "nbgrader_config.py").read_text("utf-8"))
    assert release.main(["--check", "--course", str(tiny)]) == 1
    words = capsys.readouterr().err
    assert "exercises/99_tiny/99_tiny.ipynb: not what solutions/ gives" in words
    assert "make exercises" in words
    assert not (tiny / "exercises").exists()


def test_does_the_matrix_count_what_really_happened(tiny, monkeypatch):
    exercise = read(release.source(tiny, "99_tiny"))
    entry = tiny_table(tiny)
    monkeypatch.setattr(checks, "diagnoses", lambda slug: {"double": entry})
    monkeypatch.setenv(checks.SEED_VARIABLE, "1")
    (row,) = release.judge(tiny, exercise)
    assert (row.right, row.full, row.wrong, row.named, row.fresh) == (1, 1, 1, 1, 1)
    entry["mistakes"] = []
    (row,) = release.judge(tiny, exercise)
    assert (row.named, row.fresh) == (0, 1)
    page = release.matrix({"99_tiny": [row]})
    assert "| 99_tiny | `double` | 2 | 1 | 1 | 1 | 0 | 1 |" in page
    assert "| square | That is the square. See section 1.1. |" in page
