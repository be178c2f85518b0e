"""Does any attack of the corpus gain a point, or harm anything outside its own sandbox?"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
from rnn_utils.grading import judge, release, sandbox

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
