"""Is the instructor told of cells that do what no answer needs, and of no others?"""

import pytest
from _attacks import ATTACKS, handed_in, released
from _learner import ROOT

from rnn_utils.grading import bank, notice, release
from rnn_utils.grading.exercise import read


@pytest.mark.parametrize("slug", release.slugs(ROOT))
def test_is_no_answer_of_the_banks_noted(slug):
    exercise = read(release.source(ROOT, slug))
    for task in exercise.tasks.values():
        assert not notice.odd(task.solution), task.name
        for answer in bank.answers(ROOT, slug, task.name) if task.has_bank else ():
            assert not notice.odd(answer.source), (task.name, answer.name)


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_are_most_attacks_noted_by_their_source_alone():
    missed = [
        name
        for name, attack in ATTACKS.items()
        if not name.startswith("notebook_")  # these edit other cells, which recovery reports
        and not notice.notes(handed_in(attack.build(released(), {})))
    ]
    assert len(missed) <= len(ATTACKS) // 10, missed


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import gc", ["gc"]),
        ("from os import _exit as bye, path", ["_exit"]),
        ("import sys\nsys.modules['rnn_utils.checks'] = 1", ["sys.modules"]),
        (
            "from rnn_utils import checks\nchecks.examine = print",
            ["rnn_utils.checks", "checks.examine ="],
        ),
        ("!ls\n%time 1", ["a shell command"]),
        ("class Int(int):\n    def __eq__(self, o): return True", ["class Int(int)", "__eq__"]),
        ("open('/proc/1/mem')", ["open", "/proc"]),
        ("def f(:", []),
        ("import numpy as np\nx = np.zeros(3)\nx[:] = 10**8", []),
        ("a\n" * 10**6 + "'/proc' + '/proc'", ["2,000,017 characters", "/proc"]),
    ],
)
def test_does_a_note_name_what_it_found(source, words):
    assert sorted(notice.odd(source)) == sorted(words)


def test_are_python_files_beside_the_notebook_noted_too(tmp_path):
    sources = {"helper.py": "import gc", "fine.py": "import numpy as np", "data.csv": "import gc"}
    for name, source in sources.items():
        (tmp_path / name).write_text(source)
    assert notice.of_files({name: tmp_path / name for name in sources}) == [("helper.py", "gc")]
