"""Do the commands print what they promise, and exit with a status that scripts can use?"""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
import torch

from rnn_utils import datasets
from rnn_utils.__main__ import main


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    for variable in ("RNN_UTILS_DATA", "RNN_UTILS_DEVICE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("RNN_UTILS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("RNN_UTILS_MIRROR", "http://127.0.0.1:9/closed")
    return tmp_path / "cache"


def lines_of(text: str) -> dict[str, str]:
    return {line[:20].strip(): line[21:] for line in text.splitlines()}


def test_does_the_doctor_name_versions_device_folders_and_data_sets(capsys, cache):
    assert main(["doctor"]) == 0
    told = lines_of(capsys.readouterr().out)
    assert told["rnn-utils"] == metadata.version("rnn-utils")
    assert told["python"].startswith(platform.python_version())
    assert told["torch"] == torch.__version__
    assert told["device"]
    assert told["data root"] == "none (RNN_UTILS_DATA is not set)"
    assert told["cache"] == str(cache)
    assert told["sunspots"] == "offline, statsmodels"
    assert told["ptb"] == "not here"
    assert {row.name for row in datasets.table()} <= told.keys()


def test_does_the_doctor_tell_which_extras_are_missing(capsys, monkeypatch):
    asked = metadata.version

    def version(name):
        if name in ("Faker", "statsmodels"):
            raise metadata.PackageNotFoundError(name)
        return asked(name)

    monkeypatch.setattr(metadata, "version", version)
    assert main(["doctor"]) == 0
    told = lines_of(capsys.readouterr().out)
    assert told["extra data"] == 'missing statsmodels, Faker: pip install "rnn-utils[data]"'


def test_does_the_doctor_work_in_a_source_tree_that_was_never_installed(capsys, monkeypatch):
    def requires(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", requires)
    assert main(["doctor"]) == 0
    told = lines_of(capsys.readouterr().out)
    assert not [what for what in told if what.startswith("extra")]
    assert told["device"]


def test_does_the_doctor_tell_apart_root_cache_and_nothing(capsys, cache, tmp_path, monkeypatch):
    monkeypatch.setattr(datasets._files, "_sha256", lambda path: path.read_text())
    root = tmp_path / "root"
    for folder, row, count in [(root, "time_machine", 1), (root, "ptb", 1), (cache, "ptb", 1)]:
        for file in datasets.info(row).files[folder == cache :][:count]:
            (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / file.path).write_text(file.sha256)
    monkeypatch.setenv("RNN_UTILS_DATA", str(root))
    assert main(["doctor"]) == 0
    told = lines_of(capsys.readouterr().out)
    assert told["data root"] == str(root)
    assert told["time_machine"] == "in the data root"
    assert told["ptb"] == "1 of 3 in the data root, 1 of 3 in the cache, 1 of 3 not here"
    assert told["names"] == "not here"


def test_is_the_doctor_unhappy_with_wrong_bytes_in_the_data_root(capsys, tmp_path, monkeypatch):
    (tmp_path / "time_machine").mkdir()
    (tmp_path / "time_machine" / "timemachine.txt").write_text("another book")
    monkeypatch.setenv("RNN_UTILS_DATA", str(tmp_path))
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "timemachine.txt in the data root (RNN_UTILS_DATA) is another file" in told
    assert "mnist_rows" in told, "the others are still listed"


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("RNN_UTILS_DATA", "no/such/folder", "no/such/folder, which is not a folder"),
        ("RNN_UTILS_DEVICE", "abacus", "RNN_UTILS_DEVICE: expected one of"),
    ],
)
def test_is_the_doctor_unhappy_with_a_wrong_variable(capsys, monkeypatch, variable, value, message):
    monkeypatch.setenv(variable, value)
    assert main(["doctor"]) == 1
    assert message in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["data"], ["data", "list"]])
def test_does_data_list_every_data_set(capsys, arguments):
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert repr(datasets.table()) in told
    assert "data fetch NAME" in told


def test_does_data_info_tell_what_the_registry_knows(capsys):
    assert main(["data", "info", "names"]) == 0
    assert capsys.readouterr().out == f"{datasets.info('names')}\n"


def test_is_there_nothing_to_fetch_of_an_offline_data_set(capsys):
    assert main(["data", "fetch", "co2"]) == 0
    assert capsys.readouterr().out == "co2: nothing to fetch, it comes with statsmodels\n"


def test_does_a_failed_fetch_go_on_with_the_next_and_exit_with_1(capsys):
    assert main(["data", "fetch", "time_machine", "co2"]) == 1
    told = capsys.readouterr()
    assert "time_machine/timemachine.txt could not be downloaded" in told.err
    assert "http://127.0.0.1:9/closed/time_machine/timemachine.txt" in told.err
    assert "co2: nothing to fetch" in told.out


def test_does_fetch_all_ask_for_everything_that_is_downloaded(capsys):
    assert main(["data", "fetch", "--all"]) == 1
    told = capsys.readouterr()
    for row in datasets.table():
        assert (f"{row.name}: licence" in told.out) is not row.offline


def test_does_fetch_tell_the_licence_first(capsys):
    main(["data", "fetch", "ptb"])
    assert "never pass it on" in capsys.readouterr().out


def test_does_an_interrupted_fetch_say_how_to_go_on(capsys, monkeypatch):
    def interrupt(name):
        raise KeyboardInterrupt

    monkeypatch.setattr(datasets, "fetch", interrupt)
    assert main(["data", "fetch", "ptb"]) == 130
    assert "the same command goes on from here" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "COMMAND"),
        (["heal"], "invalid choice: 'heal'"),
        (["data", "fetch"], "expected NAME... or --all"),
        (["data", "fetch", "--all", "ptb"], "expected NAME... or --all"),
        (["data", "fetch", "ptb", "iris"], "no such data set: iris (choose from python_manual"),
        (["data", "info"], "NAME"),
        (["data", "info", "iris"], "invalid choice: 'iris'"),
    ],
)
def test_does_a_wrong_command_line_exit_with_2_and_say_why(capsys, arguments, message):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_does_python_m_run_it():
    done = subprocess.run(
        [sys.executable, "-m", "rnn_utils", "data", "info", "co2"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{datasets.info('co2')}\n"


def test_does_check_say_what_grading_will(capsys, tmp_path):
    """Are the visible checks run, on an answer that is right and on one that is not written?"""
    root = Path(__file__).resolve().parent.parent
    notebook = nbformat.read(root / "exercises" / "02_rnn" / "02_rnn.ipynb", as_version=4)
    answers = nbformat.read(root / "solutions" / "02_rnn" / "02_rnn.ipynb", as_version=4)
    (answer,) = (cell.source for cell in answers.cells if cell.id == "tagger_parameters")
    for cell in notebook.cells:
        if cell.id == "tagger_parameters":
            (tmp_path / "helper.py").write_text(answer)
            cell.source = "from helper import tagger_parameters"
        if cell.id == "test_leaky_step":
            cell.metadata.nbgrader.points = 4000
    nbformat.write(notebook, tmp_path / "02_rnn.ipynb")
    for number in range(12):
        (tmp_path / f"link{number}").symlink_to(tmp_path)
    assert main(["check", str(tmp_path / "02_rnn.ipynb")]) == 1
    told = capsys.readouterr().out
    assert told.count("It is a link") == 5
    assert "There are 7 more of these" in told
    assert "Beside the notebook: helper.py. What its cells need of that, hand in with it." in told
    assert "tagger_parameters: 3 of 3 points\n  tagger_parameters: right in 5 of 5 cases." in told
    assert "leaky_step: 0 of 4000 points\n  leaky_step is not written yet" in told
    assert "surname_classifier: 0 of 5 points\n  It is not written yet" in told


def test_does_check_say_what_it_cannot_read(capsys, tmp_path):
    (tmp_path / "x.ipynb").write_text("no notebook")
    assert main(["check", str(tmp_path / "x.ipynb")]) == 1
    assert "x.ipynb" in capsys.readouterr().err
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "empty.ipynb")
    assert main(["check", str(tmp_path / "empty.ipynb")]) == 1
    assert "is it an exercise of this course?" in capsys.readouterr().err
