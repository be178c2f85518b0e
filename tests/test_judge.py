"""Does a check say and mark across the boundary what it says and marks at home?"""

import base64
import contextlib
import json
import os
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from _learner import NEEDS_SANDBOX, ROOT, notebook, nursery, said, source

from rnn_utils import checks
from rnn_utils.grading import bank, collect, judge, release, sandbox, standin
from rnn_utils.grading.exercise import Runner, read

pytestmark = [pytest.mark.timeout(600)]
SLUGS = release.slugs(ROOT)


def run(*cells, **limits):
    """Judge a notebook of cells."""
    made = notebook(*((kind, textwrap.dedent(text)) for kind, text in cells))
    return judge.judge(made, nursery(**limits).learner, sandbox.Limits(**limits))


def check(answer, test, **limits):
    """Return what a test cell says of an answer, and whether it passes."""
    result = run(("code", answer), ("test_x", test), **limits)
    return said(result.outputs[1]), result.passed["test_x"]


@pytest.fixture
def learner():
    opened = standin.Learner(nursery().learner())
    opened.deadline = time.monotonic() + 100
    yield opened
    opened.link.close()


@pytest.mark.slow
@pytest.mark.parametrize("slug", SLUGS)
def test_does_every_answer_of_the_bank_hear_the_same_at_home_and_in_grading(slug, learner):
    exercise = read(release.source(ROOT, slug))
    runner, space = Runner(exercise), {"__name__": "__main__"}
    for name, text in exercise.setup:
        judge.execute(name, text, space)
        learner.run(text)
    learner.run("import warnings\nwarnings.simplefilter('ignore')")  # as the runner does
    count = 0
    for task in exercise.tasks.values():
        for answer in bank.answers(ROOT, slug, task.name) if task.has_bank else ():
            learner.deadline = time.monotonic() + 100
            try:
                at_home = runner.run(task, answer.source, task.visible)
            except checks.Failed as error:
                at_home = str(error)
            _, fine = learner.run(answer.source)
            assert fine, answer.name
            outputs, gone = judge._test(
                task.name, task.visible, space, learner, sandbox.Limits(), "over 100 s"
            )
            assert gone is None
            assert said(outputs).strip() == at_home.strip(), (task.name, answer.name)
            count += 1
    assert count >= 50


@pytest.mark.slow
@pytest.mark.parametrize("slug", SLUGS)
def test_does_the_reference_pass_and_the_release_fail_across_the_boundary(slug):
    exercise = read(release.source(ROOT, slug))
    full = source(slug)
    functions = frozenset(f"test_{t.name}" for t in exercise.tasks.values() if t.has_bank)
    judged = judge.judge(full, nursery().learner, tasks=functions)
    assert {name for name, passed in judged.passed.items() if passed} >= functions
    assert not judged.problems
    for cell in full.cells:
        if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code":
            cell.source = "pass"
    judged = judge.judge(full, nursery().learner, tasks=functions)
    assert not any(judged.passed[name] for name in functions)


@pytest.mark.slow
@pytest.mark.parametrize("slug", ["04_training"])
def test_is_a_trained_model_judged_across_the_boundary(slug):
    judged = judge.judge(source(slug), nursery().learner)
    assert all(judged.passed.values()), judged.outputs[-2:]


def test_does_plain_data_go_there_and_back():
    words, passed = check(
        "def echo(*args, **kwargs): return args, kwargs",
        """
        import numpy as np, torch
        args = (1, 2.5, "a", None, True, [1, (2, 3)], {"k": {1: 2}}, np.eye(2), torch.ones(2, 3))
        got, kwargs = echo(*args, key=np.float32(3))
        assert got[:7] == args[:7] and isinstance(got[5][1], tuple)
        assert np.array_equal(got[7], args[7]) and got[7].dtype == float
        assert torch.equal(got[8], args[8]) and kwargs == {"key": np.float32(3)}
        assert type(kwargs["key"]) is np.float32
        """,
    )
    assert passed, words


def test_are_changes_of_arguments_seen_here():
    words, passed = check(
        """
        def spoil(x, t, items, table):
            x += 1
            t.zero_()
            items.append(5)
            table["new"] = 1
            return x
        """,
        """
        import numpy as np, torch
        x, t, items, table = np.zeros(2), torch.ones(2), [1], {}
        spoil(x, t, items, table)
        print(x.tolist(), t.tolist(), items, table)
        """,
    )
    assert passed
    assert words == "[1.0, 1.0] [0.0, 0.0] [1, 5] {'new': 1}"


def test_can_the_learner_call_a_function_of_the_check():
    words, passed = check(
        "def twice(step, x): return step(step(x))",
        "print(twice(lambda x: 3 * x, 2))\nprint(twice(lambda x: 1 / 0, 2))",
    )
    assert not passed
    assert words.startswith("18\n")
    assert "ZeroDivisionError" in words


def test_can_a_callback_be_called_when_its_call_is_over():
    words, passed = check(
        """
        kept = []
        def keep(step): kept.append(step)
        def later(x): return kept[0](x)
        """,
        "keep(lambda x: 'secret')\nprint(later(1))",
    )
    assert not passed
    assert "secret" not in words
    assert "there is no such function" in words


def test_can_a_function_of_the_check_call_one_of_the_learners():
    words, passed = check(
        """
        def twice(f, x):
            print("begun")
            return f(f(x))
        def add(x):
            print("added")
            return x + 1
        """,
        "print(twice(lambda x: 10 * add(x), 1))",
    )
    assert passed, words
    assert words == "begun\nadded\nadded\n210"


def test_does_a_callback_that_fails_leave_the_process_in_step():
    result = run(
        ("code", "def apply(f, x): return f(x)\ndef g(): return 5"),
        ("test_a", "import threading\napply(lambda x: threading.Lock(), 1)"),
        ("test_b", "import time\napply(lambda x: time.sleep(3), 1)"),
        ("test_c", "assert g() == 5"),
        test_seconds=2,
    )
    assert result.passed == {"test_a": False, "test_b": False, "test_c": True}, result.outputs
    assert "cannot be sent" in said(result.outputs[1])
    assert "took too long" in said(result.outputs[2])
    (problem,) = result.problems
    assert "over 2 s" in problem


def test_does_a_container_of_a_learners_own_class_come_back_as_it_was():
    words, passed = check(
        """
        from collections import Counter, defaultdict, namedtuple
        Fitted = namedtuple("Fitted", "table counts")
        def fit(): return Fitted(defaultdict(lambda: 7, a=1), Counter("abb"))
        def predict(fitted, key): return fitted.table[key], fitted.counts.most_common(1)
        def kind(value): return type(value).__name__
        """,
        """
        import copy
        fitted = fit()
        assert fitted == ({"a": 1}, {"a": 1, "b": 2})
        assert isinstance(fitted, tuple) and type(fitted).__name__ == "tuple"
        for _ in range(2):  # the first call adds a key over there
            assert predict(fitted, "new") == (7, [("b", 2)])
        assert predict(copy.deepcopy(fitted), "a") == (1, [("b", 2)])
        table, counts = fitted
        assert kind(table) == "defaultdict"
        counts["b"] = 0  # what a check changes is what it sends
        assert (kind(counts), kind(fitted)) == ("dict", "tuple")
        """,
    )
    assert passed, words


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is bounded on Linux")
def test_is_the_memory_bounded_that_an_endless_answer_takes_here():
    result = run(
        (
            "code",
            """
            import numpy as np
            def endless():
                while True: yield np.ones(5 * 10**6)
            def far(): return range(10**12)
            """,
        ),
        ("test_a", "list(far())"),
        ("test_b", "list(endless())"),
        memory=1500 * sandbox.MIB,
    )
    assert not any(result.passed.values())
    assert "at most 5000000 numbers" in said(result.outputs[1])
    assert "too much" in said(result.outputs[2]) or "MemoryError" in said(result.outputs[2])


def test_can_what_a_learner_says_be_kept_in_a_file():
    result = run(
        (
            "code",
            """
            def f(): raise ValueError("\\ud800")
            def g(): return "\\ud800"
            def long(): return "word\\n" * 10**6
            f()
            """,
        ),
        ("test_f", "f()"),
        ("test_g", "print(g())"),
        ("test_long", "raise ValueError(long())"),
    )
    text = json.dumps(result.outputs, ensure_ascii=False).encode("utf-8")
    assert b"ValueError: ?" in text
    assert len(text) < 100_000
    assert "more words were not kept" in said(result.outputs[3])


def test_do_models_and_generators_stay_on_their_side_and_work():
    words, passed = check(
        """
        import torch
        from torch import nn
        def fit(): return nn.Linear(2, 1, bias=False)
        def count(n):
            for i in range(n): yield i, [i]
        class Bag:
            size = 7
            def add(self, a, b=1): return a + b
        """,
        """
        import torch
        from torch import nn
        model = fit()
        assert isinstance(model, nn.Module)
        assert sum(w.numel() for w in model.parameters()) == 2
        assert next(model.parameters()).device.type == "cpu"
        assert model(torch.ones(3, 2)).shape == (3, 1)
        assert model.eval().training is False
        assert list(count(3)) == [(0, [0]), (1, [1]), (2, [2])]
        bag = Bag()
        assert bag.size == 7 and bag.add(1, b=2) == 3
        """,
    )
    assert passed, words


@pytest.mark.parametrize(
    ("raised", "heard"),
    [
        ("raise ValueError('a value')", "ValueError: a value"),
        ("raise StopIteration", "StopIteration"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("class Failed(Exception): pass\n    raise Failed('own')", "Failed: own"),
    ],
)
def test_is_a_learners_exception_never_one_of_ours(raised, heard):
    words, passed = check(
        f"def f(x):\n    {raised}",
        "print(list(map(f, [1, 2])))",
    )
    assert not passed
    assert heard in words
    assert "line " in words  # the learner's own line


def test_is_an_error_that_is_named_like_a_stop_none():
    """Such words would have the submission run twice, and stand in the report as the course's."""
    answer = """
        class Stopped(Exception): pass
        def f(): raise Stopped("its sandbox was closed, it took too long; full marks are due")
        """
    result = run(("code", answer), ("test_x", "f()"))
    assert result.problems == []
    assert result.outputs[1][-1]["ename"] != judge.STOPPED
    assert "full marks are due" in said(result.outputs[1])


def test_does_no_grad_of_a_check_hold_over_there():
    words, passed = check(
        """
        import torch
        from torch import nn
        model = nn.Linear(2, 1)
        def run(x): return model(x)
        """,
        """
        import torch
        with torch.no_grad():
            assert run(torch.ones(1, 2)).numpy().shape == (1, 1)
            assert not model(torch.ones(1, 2)).requires_grad
        assert run(torch.ones(1, 2)).requires_grad
        """,
    )
    assert passed, words


def test_does_a_model_get_its_inputs_where_its_weights_are():
    from rnn_utils.grading.learner import _beside

    args = (torch.ones(3), 2, np.ones(3))
    moved = _beside(torch.nn.Linear(3, 1, device="meta"), args)
    assert moved[0].device.type == "meta"
    assert moved[1:] == args[1:]
    assert _beside(torch.nn.Linear(3, 1), args) is args
    assert _beside(len, args) is args


def test_does_a_value_that_lies_arrive_as_what_it_holds():
    words, passed = check(
        """
        import numpy as np
        class Int(int):
            def __eq__(self, other): return True
            def __ge__(self, other): return True
            __hash__ = int.__hash__
        class Array(np.ndarray):
            def __array_ufunc__(self, *a, **k): return True
        class Anything:
            def __eq__(self, other): return True
            def __array__(self, *a, **k): return np.zeros(1)
        def number(): return Int(3)
        def array(): return np.ones(2).view(Array)
        def thing(): return Anything()
        """,
        """
        import numpy as np
        assert type(number()) is int and number() != 4
        assert type(array()) is np.ndarray
        assert thing() != 4
        """,
    )
    assert passed, words


def test_does_a_check_show_neither_its_source_nor_what_it_expected():
    test = """
    print("visible")
    ### BEGIN HIDDEN TESTS
    secret_expectation = {"answer": 42}
    values = secret_expectation[str(f())]
    ### END HIDDEN TESTS
    """
    words, passed = check("def f(): return 7", textwrap.dedent(test))
    assert not passed
    assert words.startswith("visible\n")
    assert "KeyError" in words
    for secret in ("secret_expectation", "42", "'7'", "values"):
        assert secret not in words


def test_are_paths_of_this_machine_left_out():
    result = run(("code", "import numpy as np\nnp.linalg.inv(np.ones((2, 3)))"))
    words = said(result.outputs[0])
    assert "LinAlgError" in words
    assert str(ROOT) not in words
    assert f"{Path.home()}/" not in words


def test_is_a_slow_cell_stopped_and_the_rest_graded():
    result = run(
        ("code", "def f(): return 1"),
        ("code", "import time\ntime.sleep(60)"),
        ("test_x", "assert f() == 1"),
        cell_seconds=1,
    )
    assert result.passed == {"test_x": True}
    assert "took too long" in said(result.outputs[1])
    assert "took too long" in result.problems[0]


def test_is_a_notebook_stopped_whose_cells_are_too_slow_together():
    slow = ("code", "import time\ntime.sleep(1.5)")
    result = run(
        slow, slow, slow, ("code", "def f(): return 1"), ("test_f", "f()"), notebook_seconds=3
    )
    assert "took too long" not in said(result.outputs[0])
    assert "took too long, over 3 s together with the cells before it" in said(result.outputs[2])
    assert result.passed == {"test_f": False}
    assert sum(result.seconds.values()) < 10


def test_is_a_slow_answer_stopped_and_the_next_one_graded():
    result = run(
        ("code", "import time\ndef f(): time.sleep(60)\ndef g(): return 1"),
        ("test_f", "f()"),
        ("test_g", "assert g() == 1"),
        test_seconds=1,
    )
    assert result.passed == {"test_f": False, "test_g": True}
    assert "took too long" in said(result.outputs[1])


def test_is_a_process_ended_that_ignores_interrupts(monkeypatch):
    monkeypatch.setattr(standin, "GRACE", 0.5)
    began = time.monotonic()
    result = run(
        (
            "code",
            """
            import signal, time
            def f():
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                time.sleep(1000)
            """,
        ),
        ("test_f", "f()"),
        ("test_g", "f()"),
        test_seconds=1,
    )
    assert time.monotonic() - began < 30
    assert not any(result.passed.values())
    assert "did not stop when it was interrupted" in said(result.outputs[2])


def test_is_the_end_of_the_process_told_and_survived():
    result = run(
        ("code", "def f(): return 1"),
        ("test_f", "assert f() == 1"),
        ("code", "import os\nos._exit(3)"),
        ("test_g", "f()"),
    )
    assert result.passed == {"test_f": True, "test_g": False}
    assert "it ended itself with status 3" in said(result.outputs[3])
    assert "it ended itself with status 3" in result.problems[0]


def test_are_outputs_kept_in_order_and_within_limits():
    result = run(
        ("code", "import os\nprint('a')\nos.system('echo b')\ndisplay('c')\nprint('d')\n'e'"),
        ("code", "print('x' * 10**7)"),
        ("code", "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);"),
        ("code", "from IPython.display import HTML\nHTML('<script>1</script>')"),
        output=10_000,
    )
    kinds = [output["output_type"] for output in result.outputs[0]]
    assert kinds == ["stream", "display_data", "stream", "execute_result"]
    assert result.outputs[0][0]["text"] == "a\nb\n"
    assert "9990001 more bytes were not kept" in said(result.outputs[1])
    assert len(said(result.outputs[1])) < 11_000
    (figure,) = result.outputs[2]
    assert "image/png" in figure["data"]
    assert set(result.outputs[3][0]["data"]) == {"text/plain"}


def test_is_there_a_limit_to_what_all_cells_together_show(monkeypatch):
    monkeypatch.setattr(standin, "SHOWN", 10_000)
    cells = [("code", f"print('{name}' * 3000)") for name in "abcdef"]
    result = run(*cells, ("code", "def f(): return 1"), ("test_f", "assert f() == 1"))
    assert [len(said(outputs)) for outputs in result.outputs[:6]] == [3000] * 3 + [997, 0, 0]
    assert result.passed == {"test_f": True}


def test_is_a_picture_that_is_none_known_at_once():
    began = time.monotonic()
    result = run(("code", "display({'image/png': ' ' * 400_000 + '!'}, raw=True)\ndisplay('b')"))
    assert time.monotonic() - began < 60
    assert [output["data"] for output in result.outputs[0]] == [{}, {"text/plain": "'b'"}]
    for begins, good in ((b"\x89PNG\r\n", True), (b"\xff\xd8\xff", True), (b"<svg>", False)):
        assert standin._picture(base64.encodebytes(begins + bytes(200)).decode()) is good
    assert not standin._picture('iVBORw0K"onerror=')


def test_can_one_task_be_judged_and_the_others_kept():
    kept = [{"output_type": "stream", "name": "stdout", "text": "as before\n"}]
    made = notebook(("code", "def f(): return 1"), ("test_a", "f(2)"), ("test_b", "f()"))
    judged = judge.judge(
        made, nursery().learner, tasks=frozenset({"test_b"}), earlier={"test_a": kept}
    )
    assert judged.passed == {"test_a": True, "test_b": True}
    assert judged.outputs[1] == kept
    judged = judge.judge(made, nursery().learner, tasks=frozenset({"test_b"}))
    assert judged.passed == {"test_a": False, "test_b": True}


def handed_in(folder, made, files, opened):
    """Judge a notebook with files beside it."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return judge.judge(made, opened.learner, opened.limits, files=collect.beside(folder)[0])


@pytest.mark.parametrize("sandboxed", [pytest.param(True, marks=NEEDS_SANDBOX), False])
def test_do_cells_find_what_came_beside_the_notebook(sandboxed, tmp_path):
    files = {
        "helper.py": b"import torch\n\ndef double(x):\n    return 2 * torch.as_tensor(x)\n",
        "kit/__init__.py": b"from kit.inner import name",
        "kit/inner.py": b"name = 'within'",
        "data/table.csv": b"a,b\n1,2\n",
        ".matplotlib/kept.txt": b"of the last one",
        ".ipython/profile_default/startup/README": b"mine",  # IPython has written one
        "empty.bin": b"",
        "large.bin": bytes(range(256)) * (standin.PIECE // 256 + 1),
    }
    made = notebook(
        ("code", "import kit\nfrom helper import double"),
        ("code", "table = open('data/table.csv').read().split()"),
        ("code", "from pathlib import Path\nsizes = [len(Path(n + '.bin').read_bytes())"),
        ("test_x", "assert double([1.0]) == 2\nassert table == ['a,b', '1,2']"),
    )
    made.cells[2].source += " for n in ('empty', 'large')]\n"
    made.cells[2].source += "same = Path('large.bin').read_bytes()[:512] == 2 * bytes(range(256))"
    made.cells[2].source += "\nreadme = next(Path('.').rglob('README')).read_text()"
    made.cells[3].source += "\nassert sizes == [0, 2**24 + 256]\nassert same\nassert kit.name"
    made.cells[3].source += "\nassert readme == 'mine'"
    opened = nursery(sandboxed)
    judged = handed_in(tmp_path, made, files, opened)
    assert judged.problems == []
    assert judged.passed == {"test_x": True}, said(judged.outputs[-1])
    look = "import glob\nglob.glob('**', recursive=True) + glob.glob('.mat*/*t')"
    judged = judge.judge(notebook(("code", look)), opened.learner)
    assert said(judged.outputs[0]) == "[]"


def test_does_a_file_that_shadows_a_module_harm_its_own_learner_only(tmp_path):
    """Is it taken for a package over there, as at home, and never on the grading side?"""
    marker = tmp_path / "ran_in"
    own = f"import os\nopen({str(marker)!r}, 'a').write(f'{{os.getpid()}} ')\n".encode()
    names = ("colorsys", "inspect", "json", "torch", "rnn_utils/__init__", "sitecustomize")
    names += ("nbgrader",)
    made = notebook(
        ("code", "import colorsys, os, sys, nbgrader\nmine = os.getcwd() in nbgrader.__file__"),
        ("code", "own = hasattr(colorsys, 'hls_to_rgb') and os.getcwd() not in sys.path"),
        ("test_x", "import colorsys, inspect, json, nbgrader.api\nassert mine and own"),
    )
    made.cells[2].source += "\nassert colorsys.hls_to_rgb(0, 0, 0) == (0, 0, 0)"
    files = {f"{name}.py": own for name in names}
    judged = handed_in(tmp_path / "sent", made, files, nursery(False))
    assert judged.passed == {"test_x": True}, said(judged.outputs[-1])
    assert set(marker.read_text().split()).isdisjoint({str(os.getpid())})
    for name in ("colorsys", "inspect", "json", "torch", "rnn_utils"):
        assert str(tmp_path) not in sys.modules[name].__file__


@NEEDS_SANDBOX
def test_is_it_said_which_file_the_cells_did_not_see(tmp_path):
    look = "import os\nleft = os.path.exists('large.bin')"
    made = notebook(("code", look), ("test_x", "assert left is False"))
    opened = nursery(files=8 * sandbox.MIB, memory=1500 * sandbox.MIB)
    judged = handed_in(tmp_path, made, {"large.bin": bytes(9 * sandbox.MIB)}, opened)
    (problem,) = judged.problems
    assert problem.startswith("large.bin: the cells did not see this file: ")
    assert judged.passed == {"test_x": True}
    (tmp_path / "link.csv").symlink_to(__file__)
    files = {"link.csv": tmp_path / "link.csv", "gone.csv": tmp_path / "gone.csv"}
    judged = judge.judge(made, opened.learner, files=files)
    assert [problem.split(":")[0] for problem in judged.problems] == list(files)
    assert all("cannot be opened" in problem for problem in judged.problems)


def test_do_lying_answers_of_the_process_end_it():
    class Liar:
        def __init__(self, *answers):
            self.answers, self.closed = list(answers), False

        def send(self, data):
            pass

        def receive(self, seconds):
            return self.answers.pop(0)

        def close(self):
            self.closed = True

    from rnn_utils.grading import wire

    for frame in (b"", b"\x00\x00\x00\x02{}", wire.dumps([1, 2]), wire.dumps(7)):
        liar = Liar(frame)
        learner = standin.Learner(liar)
        learner.deadline = time.monotonic() + 9
        with pytest.raises(standin.Ended):
            learner.names(["f"])
        assert liar.closed

    odd = [
        {},
        {"value": 3},
        {"error": 7},
        {"error": {"name": "__class__", "message": 3, "line": []}},
        {"value": 1, "changed": [(0, 1), (9, 9), "x"], "printed": 4},
        {"outputs": [7, {"output_type": "error"}, {"output_type": "display_data", "data": 1}]},
    ]
    for answer in odd:
        learner = standin.Learner(Liar(*[wire.dumps(answer)] * 2))
        learner.deadline = time.monotonic() + 9
        learner.run("1")
        with contextlib.suppress(standin.LearnerError):
            learner.call(None, (np.zeros(2), torch.zeros(1)), {})
