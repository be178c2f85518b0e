"""Does any attack of the corpus gain a point, or harm anything outside its own sandbox?"""

from __future__ import annotations

import contextlib
import csv
import ctypes
import os
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from _attacks import (
    ALARM,
    ATTACKS,
    FUNCTIONS,
    HIDDEN,
    ROOT,
    SLUG,
    UNCOUNTED,
    Attack,
    Outside,
    active,
    handed_in,
    honest,
    released,
    shown,
)

from rnn_utils import checks
from rnn_utils.grading import exercise as exercises
from rnn_utils.grading import grade, judge, release, sandbox

REASON = sandbox.available()
NEEDS_SANDBOX = pytest.mark.skipif(REASON is not None, reason=str(REASON))
pytestmark = [pytest.mark.timeout(600)]

SPACE = {"memory": 2**30, "processes": 64, "files": 2**26, "output": 10**5}
LIMITS = sandbox.Limits(**SPACE, cell_seconds=30, test_seconds=30, notebook_seconds=90)
SHORT = sandbox.Limits(**SPACE, cell_seconds=2, test_seconds=4, notebook_seconds=30)
LONGEST = 200.0  # seconds of one attack: its limits, and what is granted beyond them
QUICK = frozenset(f"test_{name}" for name in FUNCTIONS if name != "surname_classifier")


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    with Outside(tmp_path_factory.mktemp("outside")) as made:
        yield made


@pytest.fixture(scope="module")
def nursery(outside: Outside) -> Iterator[sandbox.Nursery]:
    """Return the warm sandbox that all attacks share, one after the other."""
    with sandbox.Nursery(LIMITS) as made:
        yield made


@pytest.fixture(scope="module")
def right() -> Any:
    return handed_in(honest(tuple(FUNCTIONS)[:4]))


@NEEDS_SANDBOX
@pytest.mark.slow
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=list(ATTACKS))
def test_does_an_attack_gain_nothing_and_harm_nothing(
    attack: Attack, outside: Outside, nursery: sandbox.Nursery, right: Any
) -> None:
    """No point, a report, nothing outside seen or changed, full marks for the next learner."""
    notebook = handed_in(attack.build(released(), outside.places))
    for _ in range(2 if attack.harm == "others" else 1):  # the second looks for the first's traces
        began = time.monotonic()
        judged = judge.judge(notebook, nursery.learner, SHORT if attack.alone else LIMITS)
        assert time.monotonic() - began < LONGEST
        text = shown(judged.outputs)
        assert not {name for name in attack.aim if judged.passed[name]}, text[-3000:]
        if "def process()" in "".join(cell.source for cell in notebook.cells):
            assert "the process was found" in text  # or else it attacks nothing
        assert not outside.harmed(text) + active(judged.outputs), text[-3000:]
        assert set(judged.passed) == {f"test_{name}" for name in FUNCTIONS}
        for cell, outputs in zip(notebook.cells, judged.outputs, strict=True):
            if cell.id in attack.aim:
                assert outputs[-1]["output_type"] == "error"
                assert outputs[-1]["traceback"][0]
    after = judge.judge(right, nursery.learner, tasks=QUICK)
    assert {name for name in QUICK if after.passed[name]} == QUICK, shown(after.outputs)
    assert not after.problems
    assert not outside.harmed(shown(after.outputs))


@NEEDS_SANDBOX
@pytest.mark.slow
def test_are_public_labels_all_that_a_sandbox_cannot_hide(
    outside: Outside, nursery: sandbox.Nursery
) -> None:
    """A classifier that looks up the labels of a public data set passes as a trained one does."""
    (attack,) = UNCOUNTED.values()
    notebook = handed_in(attack.build(released(), outside.places))
    judged = judge.judge(notebook, nursery.learner, LIMITS)
    assert {name for name, passed in judged.passed.items() if passed} == attack.aim
    assert not outside.harmed(shown(judged.outputs))


LOOKED_UP = """
def fit_next(train, size, seed):
    return size

def predict_next(fitted, contexts):
    p = torch.full((len(contexts), fitted), 1 / fitted)
    for step in range(1, 8 if len(contexts) > 1 else 1):
        if (contexts[1:, : 8 - step] == contexts[:-1, step:]).all():  # each one begins in another
            p[:-1] = 1e-4 / fitted
            p[torch.arange(len(p) - 1), contexts[1:, 8 - step]] += 1 - 1e-4
    return p
"""


@pytest.mark.slow
def test_does_no_context_of_01_hold_the_answer_to_another() -> None:
    """A network is asked for all next characters at once: none may stand in another question."""
    exercise = exercises.read(release.source(ROOT, "01_sequences"))
    task = exercise.tasks["next_symbol"]
    with pytest.raises(checks.Failed, match="share of the table's perplexity"):
        exercises.Runner(exercise).run(task, LOOKED_UP, task.visible, task.hidden)


def test_is_the_corpus_large_and_without_a_line_of_the_hidden_tests() -> None:
    families = Counter(attack.family for attack in ATTACKS.values())
    assert len(ATTACKS) >= 100
    assert len(families) >= 30
    for name, attack in (ATTACKS | UNCOUNTED).items():
        made = attack.build(released(), {})
        text = "\n".join(cell.source for cell in made.cells)
        assert not [words for words in HIDDEN if words in text], name
        assert ALARM not in text, name
        assert not re.findall(r"@[A-Z]+@", text), name
        assert attack.aim or attack.harm or attack.alone, name


def test_would_the_watch_outside_notice(tmp_path: Path) -> None:
    """Are a shown secret, a changed file, a visitor and a dead process found?"""
    import socket

    environment: dict[str, str] = {}
    with Outside(tmp_path, environment) as outside:
        assert outside.harmed("nothing") == []
        (outside.course / "attack_marker.txt").touch()
        socket.create_connection(("127.0.0.1", int(outside.places["PORT"]))).close()
        outside.victim.kill()
        outside.victim.wait()
        deadline = time.monotonic() + 10
        while not outside.heard and time.monotonic() < deadline:
            time.sleep(0.01)
        found = outside.harmed(f"{environment['RNN_UTILS_SECRET']}\n{ALARM} done\n{HIDDEN[0]}")
        assert len(found) == 6
        assert outside.harmed("nothing") == []


@NEEDS_SANDBOX
@pytest.mark.nbgrader
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_do_attacks_gain_nothing_through_nbgraders_own_command(tmp_path: Path) -> None:
    """The plain `nbgrader autograde` with the course's configuration; then its feedback."""
    from test_nbgrader import Course

    names = [name for name, attack in ATTACKS.items() if name.startswith("notebook_")]
    names += ["ipython_input_transformer", "checks_replaced", "feedback_pages", "write_gradebook"]
    names += ["protocol_outputs_forged", "ipython_partial_credit"]
    course = Course(tmp_path / "course", [SLUG])
    course.nbgrader("generate_assignment", SLUG, "--force")
    with Outside(tmp_path) as outside:
        for name in names:
            notebook = ATTACKS[name].build(released(), outside.places)
            course.submit(name.replace("_", "-"), SLUG, notebook)
        course.submit("honest", SLUG, honest(tuple(FUNCTIONS)[:4]))
        course.nbgrader("autograde", SLUG)
        scores = course.scores(SLUG)
        for name in names:
            found = scores[name.replace("_", "-")]
            assert not {test for test in ATTACKS[name].aim if found[test]}, (name, found)
        assert all(scores["honest"][test] for test in QUICK)
        assert not list(tmp_path.rglob("attack_marker*"))
        assert not outside.heard

    course.nbgrader("generate_feedback", SLUG)
    pages = list((course.root / "feedback").rglob("*.html"))
    assert len(pages) == len(names) + 3  # the honest one, and those that were there
    for path in pages:
        page = path.read_text("utf-8")
        assert outside.secret not in page
        for words in HIDDEN:
            assert words not in page, (path, words)
        assert not re.search(r"<[^>]*\son\w+\s*=", page), path
        assert "<script>alert" not in page, path
        assert "<iframe" not in page, path


# one attack of each family, of those that need neither all memory nor minutes
CLASS = (
    *("arguments_changed", "bombs_fork", "builtins_isinstance_len_zip"),
    *("checks_module_swapped", "dtypes_hostile", "escape_namespaces", "exceptions_that_lie"),
    *("exits_by_crash", "feedback_pages", "floods_output", "frames_reference"),
    *("ipython_partial_credit", "leftover_child", "links_out_of_the_folder"),
    *("memory_collector", "modules_cleared", "modules_shadowed_by_files"),
    *("modules_threads_between_cells", "network_unix_sockets", "notebook_answers_locked"),
    *("notebook_magics_shell", "notebook_tests_doubled", "numpy_asarray"),
    *("objects_equal_to_everything", "objects_that_are_pickled_bombs"),
    *("proc_limits_of_others", "protocol_outputs_forged", "protocol_replies_replaced"),
    *("read_environment", "read_other_learners", "shapes_that_broadcast"),
    *("signals_kill_the_grader", "strides_over_memory", "subclass_tensor", "timeouts_in_c"),
    *("torch_reference_sabotaged", "training_guesses", "values_endless"),
    *("values_nan", "write_gradebook"),
)
# nothing in their source is such as no answer needs: they give, or print, what is wrong
UNREPORTED = {
    *("floods_output", "shapes_that_broadcast", "training_guesses", "values_endless", "values_nan"),
}
BY_GRADING = tuple(
    f"a file was changed: course/{place}" for place in ("gradebook.db", "graded/", "autograded/")
)


def test_has_the_hostile_class_one_attack_of_each_family() -> None:
    families = [ATTACKS[name].family for name in CLASS]
    assert sorted(families) == sorted({attack.family for attack in ATTACKS.values()})


@contextlib.contextmanager
def adopting() -> Iterator[None]:
    """Become the parent of whatever processes of ours outlive their own."""
    prctl, set_child_subreaper = ctypes.CDLL(None).prctl, 36
    prctl(set_child_subreaper, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(set_child_subreaper, 0, 0, 0, 0)


def children() -> dict[int, str]:
    """Return the processes that run and that are ours, and what they are."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # one that has just ended
            name, rest = stat.read_text("utf-8", "replace").rsplit(")", 1)
            state, parent = rest.split()[:2]
            if int(parent) == os.getpid() and state != "Z":
                found[int(stat.parent.name)] = name
    return found


@NEEDS_SANDBOX
@pytest.mark.nbgrader
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.filterwarnings("ignore")
def test_does_a_class_of_attackers_leave_each_learner_what_is_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One attack of each family and three honest learners, in one run of two at a time."""
    from test_nbgrader import Course

    course = Course(tmp_path / "course", [SLUG])
    course.nbgrader("generate_assignment", SLUG, "--force")
    # "more" and "other", whom `Outside` hands in, have trained a network too
    right = {"honest": tuple(FUNCTIONS)[:4], "more": tuple(FUNCTIONS), "other": tuple(FUNCTIONS)}
    attackers = {name.replace("_", "-"): ATTACKS[name] for name in CLASS}
    limits = {**SPACE, "memory": 2**31}  # for what trains
    limits |= {"cell_seconds": 10, "test_seconds": 120, "notebook_seconds": 180}
    options = [f"--{name.replace('_', '-')}={value}" for name, value in limits.items()]
    monkeypatch.setenv(checks.SEED_VARIABLE, "11")
    with adopting(), Outside(tmp_path) as outside:
        course.submit("honest", SLUG, honest(right["honest"]))
        for learner, attack in attackers.items():
            course.submit(learner, SLUG, attack.build(released(), outside.places))
        outside.harmed("")  # what was handed in is no harm
        ours = children()
        assert grade.main([SLUG, f"--course={course.root}", "--workers=2", *options]) == 0
        deadline = time.monotonic() + 10
        while children() != ours and time.monotonic() < deadline:
            time.sleep(0.1)  # what has been killed may take a moment
        assert children() == ours
        found, texts = course.scores(SLUG), {}
        for learner in found:
            path = course.root / "autograded" / learner / SLUG / f"{SLUG}.ipynb"
            cells = nbformat.read(path, as_version=4).cells
            outputs = [cell.get("outputs") for cell in cells]
            texts[learner] = shown(outputs)
            if "def process()" in "".join(cell.source for cell in cells):
                assert "the process was found" in texts[learner]  # or else it attacks nothing
            assert not active(outputs), learner
            harm = outside.harmed(texts[learner])
            assert not [what for what in harm if not what.startswith(BY_GRADING)], learner

    tasks = exercises.read(release.source(ROOT, SLUG)).tasks
    assert found.keys() == right.keys() | attackers.keys()
    for learner, done in right.items():
        for name, task in tasks.items():
            due = task.points if name in done else 0
            assert found[learner][f"test_{name}"] == due, (learner, name, texts[learner])
    for learner, attack in attackers.items():
        gained = {test for test in attack.aim if found[learner][test]}
        assert not gained, (learner, texts[learner][-3000:])
    with (course.root / "graded" / SLUG / "report.csv").open() as file:
        reported = {row["learner"] for row in csv.DictReader(file)}
    silent = {attackers[learner].name for learner in attackers.keys() - reported}
    assert silent <= UNREPORTED
    assert not reported & right.keys()
    with contextlib.closing(sqlite3.connect(course.root / "gradebook.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
