import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from rnn_utils import checks

X = np.array([[1.0, -2.0], [0.5, 3.0], [2.0, 0.25]])
CASES = {"only x": (X, 0.0), "all terms": (X, 2.0)}
TASK = "99_example/double"


def double(x, b):
    return 2 * x + b


@pytest.fixture
def table(monkeypatch):
    """A table for `double` with two mistakes, made the way the generator makes one."""

    def outcomes(function):
        return [checks.call(function, case)[0].stored() for case in CASES.values()]

    def mistake(function, message):
        rows = zip(outcomes(function), outcomes(double), strict=True)
        return {
            "name": "any",
            "message": message,
            "outcomes": [None if row == right else row for row, right in rows],
        }

    entry = {
        "cases": list(CASES),
        "right": outcomes(double),
        "mistakes": [
            mistake(lambda x, b: 2 * x, "You left b out. See section 9.1."),
            mistake(lambda x, b: x + b, "You did not double. See section 9.2."),
        ],
    }
    monkeypatch.setattr(checks, "diagnoses", lambda slug: {"double": entry})
    return entry


def failure(function, cases=CASES, task=TASK):
    with pytest.raises(checks.Failed) as caught:
        checks.examine(function, task, cases)
    return caught.value


@pytest.mark.parametrize(
    "answer",
    [
        double,
        lambda x, b: torch.as_tensor(2 * x + b),
        lambda x, b: (2 * x + b).tolist(),
        lambda x, b: (2 * x + b).astype(np.float32),
        lambda x, b: torch.tensor(2 * x + b, dtype=torch.float32, requires_grad=True),
        lambda x, b: list(2 * x + b),
        lambda x, b: np.asfortranarray(2 * x + b),
    ],
)
def test_is_a_right_answer_right_whatever_kind_of_array_holds_it(table, answer, capsys):
    checks.examine(answer, TASK, CASES)
    assert capsys.readouterr().out == "double: right in 2 of 2 cases.\n"


def test_does_a_known_mistake_get_its_own_message(table):
    error = failure(lambda x, b: torch.as_tensor(x + b))
    assert isinstance(error, checks.Mistake)
    assert str(error) == "You did not double. See section 9.2."


def test_is_a_mistake_that_shows_in_one_case_only_found(table):
    assert str(failure(lambda x, b: 2 * x)) == "You left b out. See section 9.1."


def test_does_an_unknown_answer_hear_which_cases_are_right(table):
    error = failure(lambda x, b: 2 * x + b**2)
    assert not isinstance(error, checks.Mistake)
    lines = str(error).split("\n")
    assert lines[1] == "  only x: right"
    assert lines[2].startswith("  all terms: wrong: every number is too large by 2")


def test_are_cases_that_fail_alike_named_together(table):
    lines = str(failure(lambda x, b: 0 * x)).split("\n")
    assert lines[1:] == ["  only x; all terms: wrong: all its numbers are 0"]


def test_does_one_familiar_mistake_among_several_get_a_hint(table):
    error = failure(lambda x, b: x + b if b == 0 else x + 7)
    assert not isinstance(error, checks.Mistake)
    assert "One thing that looks familiar: You did not double. See section 9.2." in str(error)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda x, b: (2 * x + b).T, "right array transposed: expected shape (3, 2), got (2, 3)"),
        (lambda x, b: -(2 * x + b), "every sign is turned round"),
        (lambda x, b: 3 * (2 * x + b), "every number is 3 times the right one"),
        (lambda x, b: 2 * x + b - 0.5, "every number is too small by 0.5"),
        (lambda x, b: 0 * x, "all its numbers are 0"),
        (lambda x, b: x * np.nan, "6 of its 6 numbers are NaN"),
        (lambda x, b: (2 * x + b)[:2], "an array of shape (3, 2), got an array of shape (2, 2)"),
        (lambda x, b: (2 * x + b).sum(), "expected an array of shape (3, 2), got the number"),
        (lambda x, b: "four", "expected an array of shape (3, 2), got text"),
        (lambda x, b: (x, x), "expected an array of shape (3, 2), got a tuple of 2"),
        (lambda x, b: object(), "got a value of type object"),
        (lambda x, b: 1j * x, "got a value of type array of complex128"),
        (
            lambda x, b: np.broadcast_to(x[0, 0], (10**6, 10**6)),
            "array, of shape (1000000, 1000000)",
        ),
        (lambda x, b: torch.tensor(x).to_sparse(), "it stopped: TypeError: can't convert Sparse"),
        (lambda x, b: sys.exit("enough"), "it stopped: SystemExit: enough"),
        (lambda x, b: (row for row in x), "got a value of type generator"),
        (lambda x, b: 2 * x + b if b else None, "got None: is there a return?"),
        (lambda x, b: 2 * x + b + [[0, 0], [0, 0], [0, 9]], "wrong only at index 2 of axis 0"),
        (lambda x, b: 2 * x + b + np.arange(6.0).reshape(3, 2) ** 2, "most at index (2, 1), by 25"),
    ],
)
def test_does_the_message_say_how_an_answer_differs(table, answer, words):
    assert words in str(failure(answer))


def test_is_a_forgotten_return_named(table):
    assert str(failure(lambda x, b: None)) == "double returns None: is there a return at its end?"


def test_is_an_unwritten_function_named(table):
    def unwritten(x, b):
        raise NotImplementedError

    assert str(failure(unwritten)).startswith("double is not written yet")


def test_is_the_learners_own_line_named_when_it_stops(table):
    import linecache

    source = "def answer(x, b):\n    y = 2 * x\n    return y @ x + b\n"
    linecache.cache["<cell 7>"] = (len(source), None, source.splitlines(True), "<cell 7>")
    namespace = {}
    exec(compile(source, "<cell 7>", "exec"), namespace)
    message = str(failure(namespace["answer"]))
    assert "it stopped at line 3 of its cell, `return y @ x + b`: ValueError: matmul" in message


def test_is_a_list_that_holds_itself_refused(table):
    endless = []
    endless.append(endless)
    assert "it stopped: RecursionError" in str(failure(lambda x, b: endless))


def test_is_an_interrupt_no_answer(table):
    def interrupted(x, b):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checks.examine(interrupted, TASK, CASES)


def test_is_a_missing_part_not_taken_for_a_missing_return():
    words = checks.difference(checks.plain({"state": X}), checks.plain({"state": None}), 1e-5)
    assert words == "under the key 'state': expected an array of shape (3, 2), got None"


def test_is_a_function_told_that_changes_its_argument(table):
    def answer(x, b):
        x *= 2
        x += b
        return x

    kept = X.copy()
    assert "it changes its argument x; work on a copy" in str(failure(answer))
    np.testing.assert_array_equal(X, kept)


@pytest.mark.parametrize("right", [(X, X[0]), {"state": X}, "text", 3, None])
def test_are_containers_and_text_compared_too(right):
    expected = checks.plain(right)
    assert checks.same(expected, checks.plain(right), 1e-5)
    assert not checks.same(expected, checks.plain((X, X[0] + 1)), 1e-5)
    assert not checks.same(expected, checks.plain({"state": X + 1}), 1e-5)
    assert not checks.same(expected, checks.plain("texts"), 1e-5)


def test_is_an_empty_list_as_good_as_an_empty_array():
    empty = checks.plain(np.zeros((0, 3, 2)))
    assert checks.same(empty, checks.plain([]), 1e-5)
    assert not checks.same(empty, checks.plain([[]]), 1e-5)
    assert not checks.same(checks.plain(X), checks.plain([]), 1e-5)


def test_is_a_tuple_told_which_of_its_values_is_wrong():
    words = checks.difference(checks.plain((X, X[0])), checks.plain((X, -X[0])), 1e-5)
    assert words == "value 2 of 2: every sign is turned round"


@pytest.mark.parametrize("got", [1 + 0.9e-5, 1 + 3e-5])
def test_is_the_tolerance_what_its_docstring_says(got):
    close = abs(got - 1) <= 1e-5 * (1 + 1)
    assert checks.same(checks.plain(1.0), checks.plain(got), 1e-5) is close


NOISY = """
import sys, warnings
from tqdm import tqdm
from rnn_utils import checks

def noisy(x):
    sys.stderr.write("to stderr\\n")
    warnings.warn("a warning")
    return [2 * value for value in tqdm(x)]

with checks.recording():
    checks.examine(noisy, "99_example/noisy", {"one": ([1.0, 2.0, 3.0],)})
checks.agree(noisy, lambda x: [value + value for value in x], lambda rng: ([1.0, 2.0],), draws=1)
assert checks.accuracy(noisy, [0, 1], [0, 2]) == 1
"""


def python(code):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


def test_does_everything_on_stderr_go_to_stdout():
    run = python(NOISY)
    assert run.stderr == ""
    assert run.stdout.count("to stderr") == 3
    assert "UserWarning: a warning" in run.stdout
    assert "3/3" in run.stdout


def test_does_a_notebook_show_the_message_without_a_traceback():
    assert checks.Mistake("one\ntwo")._render_traceback_() == ["one", "two"]
    assert issubclass(checks.Mistake, AssertionError)


def test_does_recording_judge_nothing():
    with checks.recording() as recorded:
        checks.examine(lambda x, b: None, "99_example/anything", CASES)
    assert recorded[0].task == "99_example/anything"
    assert [outcome.value for outcome in recorded[0].outcomes] == [{"none": True}] * 2


def test_is_a_check_that_does_not_fit_its_table_named(table):
    assert "do not belong together" in str(failure(double, {"other": (X, 1.0)}))


def test_does_a_missing_table_say_how_to_make_it():
    with pytest.raises(FileNotFoundError, match="run: make exercises"):
        checks.diagnoses("99_missing")


# --- hidden checks --------------------------------------------------------------------------


def draw(rng):
    B, D = rng.integers(1, 6, size=2)
    return rng.normal(size=(B, D)), float(rng.normal())


def loop(x, b):
    return [[2 * value + b for value in row] for row in x]


def test_does_a_right_answer_agree_on_fresh_inputs(capsys):
    checks.agree(double, loop, draw)
    assert "double: right on 6 fresh inputs." in capsys.readouterr().out


def test_does_a_memorised_answer_fail_on_fresh_inputs():
    def double_by_heart(x, b):
        return np.array([[2.0, -4.0]])

    with pytest.raises(checks.Failed) as caught:
        checks.agree(double_by_heart, loop, draw)
    assert "right on the visible example, but not on fresh inputs" in str(caught.value)


def test_does_a_failure_on_fresh_inputs_keep_the_expected_values_to_itself(monkeypatch):
    monkeypatch.setenv(checks.SEED_VARIABLE, "11")  # or a draw may equal one of its own sizes
    values = []

    def spy(x, b):
        values.extend((2 * x + b).ravel().tolist())
        return loop(x, b)

    with pytest.raises(checks.Failed) as caught:
        checks.agree(lambda x, b: 2 * x + 1.5 * b, spy, draw)
    message = str(caught.value)
    assert "x of shape" in message
    assert values
    assert not any(f"{value:.3g}" in message for value in values)


def test_does_a_changed_argument_fail_on_fresh_inputs():
    def in_place(x, b):
        x *= 2
        x += b
        return x

    with pytest.raises(checks.Failed, match="it changes its argument x"):
        checks.agree(in_place, loop, draw)


def test_does_a_broken_reference_blame_the_reference():
    with pytest.raises(RuntimeError, match="the reference for double failed"):
        checks.agree(double, lambda x, b: 1 / 0, draw)


def test_does_the_instructors_seed_repeat_the_draws(monkeypatch, capsys):
    monkeypatch.setenv(checks.SEED_VARIABLE, "7")
    first, second = checks.grading_rng().random(3), checks.grading_rng().random(3)
    np.testing.assert_array_equal(first, second)
    assert capsys.readouterr().out == "fresh inputs from RNN_UTILS_GRADING_SEED=7\n" * 2


def test_are_draws_without_a_seed_fresh_and_the_seed_printed(monkeypatch, capsys):
    monkeypatch.delenv(checks.SEED_VARIABLE, raising=False)
    first, second = checks.grading_rng().random(3), checks.grading_rng().random(3)
    assert not np.array_equal(first, second)
    printed = capsys.readouterr().out.split("\n")[0].rpartition("=")[2]
    np.testing.assert_array_equal(np.random.default_rng(int(printed)).random(3), first)


@pytest.mark.parametrize("text", ["-1", "seven", "1.5"])
def test_does_a_seed_that_is_none_say_so(monkeypatch, text):
    monkeypatch.setenv(checks.SEED_VARIABLE, text)
    with pytest.raises(ValueError, match="RNN_UTILS_GRADING_SEED: expected a whole number"):
        checks.grading_rng()


# --- measured tasks -------------------------------------------------------------------------


def test_are_thresholds_reached_when_they_are_met_exactly(capsys):
    checks.at_least("accuracy", 0.5, 0.5)
    checks.at_most("error", torch.tensor(0.25), 0.25)
    assert capsys.readouterr().out.count("reached.") == 2


@pytest.mark.parametrize("value", [0.49, float("nan")])
def test_does_a_missed_threshold_fail_with_both_numbers(value):
    with pytest.raises(checks.Failed, match=f"accuracy: {value}, needed at least 0.5"):
        checks.at_least("accuracy", value, 0.5)
    with pytest.raises(checks.Failed, match="error"):
        checks.at_most("error", 1 - value, 0.5)


def test_is_accuracy_the_share_of_right_classes():
    predict = lambda names: torch.tensor([len(name) for name in names])  # noqa: E731
    assert checks.accuracy(predict, ["a", "bb", "c", "d"], torch.tensor([1, 2, 1, 3])) == 0.75


@pytest.mark.parametrize(
    "predict",
    [lambda n: [1.5] * 3, lambda n: [1, 2], lambda n: None, lambda n: 1 / 0, lambda n: [[1]] * 3],
)
def test_does_a_prediction_of_the_wrong_form_fail_in_words(predict):
    with pytest.raises(checks.Failed, match=r"expected one class index for each of the 3|stopped"):
        checks.accuracy(predict, ["a", "b", "c"], [1, 1, 1])


def test_does_the_check_leave_instructors_software_alone():
    run = python("import sys; from rnn_utils import checks; print('nbgrader' in sys.modules)")
    assert run.stdout.strip() == "False"


def test_is_a_difference_from_tiny_numbers_told_without_a_warning():
    right, came = np.array([1e-200, -2e-200]), np.array([1.0, 3.0])
    assert "2 of 2 numbers differ" in checks.difference(
        checks.plain(right), checks.plain(came), tolerance=1e-9
    )


def test_is_a_difference_of_infinities_told_without_a_warning():
    right, came = np.array([0.0, 2.0, 3.0]), np.array([-np.inf, -np.inf, 3.0])
    assert "2 of 3 numbers differ" in checks.difference(
        checks.plain(right), checks.plain(came), tolerance=1e-9
    )
