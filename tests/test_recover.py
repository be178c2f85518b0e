"""Does every damaged submission come back in the release's shape, with words to send on?"""

import copy
import hashlib
import json
import os
import random

import nbformat
import pytest
from _damaged import (
    CASES,
    FULL,
    NAME,
    NOTHING,
    ROOT,
    SLUG,
    answered,
    cell,
    own,
    put,
    reference,
    released,
)
from nbgrader.nbgraderformat import MetadataValidator

from rnn_utils import checks
from rnn_utils.grading import collect, recover
from rnn_utils.grading.exercise import captured
from rnn_utils.grading.release import slugs

RELEASE_PATH = ROOT / "exercises" / SLUG / NAME
RELEASE = nbformat.read(RELEASE_PATH, as_version=4)
MARKED = [c for c in RELEASE.cells if "nbgrader" in c.metadata]
FOR_EVER = "training_that_takes_for_ever"


def as_notebook(raw):
    return nbformat.from_dict(copy.deepcopy(raw))


def assert_in_shape(notebook, release=RELEASE):
    """Assert that a notebook has all that nbgrader and the judge go by."""
    kept = [c for c in notebook.cells if "nbgrader" in c.metadata]
    marked = [c for c in release.cells if "nbgrader" in c.metadata]
    assert [c.id for c in kept] == [c.id for c in marked]
    for ours, theirs in zip(marked, kept, strict=True):
        assert theirs.cell_type == ours.cell_type
        assert theirs.metadata.nbgrader == ours.metadata.nbgrader
        assert theirs.metadata.get("deletable") is False
        if ours.metadata.nbgrader.locked:
            assert theirs.source == ours.source
            assert theirs.metadata.get("editable") is False
    ids = [c.id for c in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert notebook.metadata.kernelspec.name == release.metadata.kernelspec.name
    for held in notebook.cells:
        assert held.get("outputs", []) == []
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    assert nbformat.reads(nbformat.writes(notebook), as_version=4) == notebook
    again, findings = recover.recover(notebook, release)
    assert again == notebook
    assert findings == []


def marks(notebook):
    """Return the share of each test's points that plain Python gives, the visible checks only."""
    space, found = {"__name__": "__main__"}, {}
    for held in notebook.cells:
        if held.cell_type != "code":
            continue
        source = "\n".join(
            "    pass" if line.lstrip().startswith("%") else line
            for line in held.source.splitlines()
        )
        try:
            with captured():
                exec(compile(source, held.id, "exec"), space)
            passed = True
        except (Exception, checks.Failed):
            passed = False
        if held.metadata.get("nbgrader", {}).get("grade"):
            found[held.id] = float(passed)
    return found


def fingerprint(folder):
    """Return what stands below a folder, links not followed."""
    found = {}
    for here, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = os.path.join(here, name)  # noqa: PTH118 - names that are not UTF-8
            status = os.lstat(path)
            held = os.readlink(path) if os.path.islink(path) else ""  # noqa: PTH114, PTH115
            if os.path.isfile(path) and not held and status.st_size < 2**20:  # noqa: PTH113
                with open(path, "rb") as file:  # noqa: PTH123
                    held = hashlib.sha256(file.read()).hexdigest()
            found[path] = status.st_mode, status.st_size, status.st_mtime_ns, held
    return found


def staged(name, tmp_path):
    """Build a case and stage it; return its findings and where it stands."""
    submitted = tmp_path / "course" / "submitted"
    folder = submitted / "anna" / SLUG
    CASES[name].build(folder, SLUG)
    before = fingerprint(submitted)
    learners = collect.learners(submitted, SLUG)
    assert set(learners) == {"anna"}
    path, findings = learners["anna"]
    assert path == folder
    findings = findings + collect.stage(path, RELEASE_PATH, tmp_path / "staged")
    assert fingerprint(submitted) == before
    return findings, tmp_path / "staged"


def test_is_the_corpus_large_enough():
    assert len(CASES) >= 44


@pytest.mark.parametrize("name", CASES)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::SyntaxWarning")
def test_is_a_damaged_submission_staged_as_it_should(name, tmp_path):
    """Does each case give its words, a notebook in shape, and its marks?"""
    case = CASES[name]
    findings, into = staged(name, tmp_path)
    report = " | ".join(f"{f.file}: {f.found} {f.done}" for f in findings)
    for words in case.words if name != FOR_EVER else ():
        assert words in report
    for finding in findings:
        assert finding.file
        assert finding.found.endswith(".")
        assert finding.done.endswith(".")
        assert report.isprintable()
    if not case.words or name == FOR_EVER:
        assert findings == []
    for path in into.rglob("*"):
        assert not path.is_symlink()
        assert path.is_dir() or path.is_file()
    assert [path.name for path in into.rglob("*.ipynb*")] == [NAME] * (case.points != NOTHING)
    if case.points == NOTHING:
        return
    notebook = nbformat.read(into / NAME, as_version=4)
    assert_in_shape(notebook)
    if name != FOR_EVER:
        assert {k: v for k, v in marks(notebook).items() if k in FULL} == case.points


@pytest.mark.parametrize("slug", slugs(ROOT))
def test_does_an_intact_submission_come_back_as_it_is(slug):
    """Are the release and the reference left alone, own cells and tools' metadata too?"""
    release = nbformat.read(ROOT / "exercises" / slug / f"{slug}.ipynb", as_version=4)
    source = nbformat.read(ROOT / "solutions" / slug / f"{slug}.ipynb", as_version=4)
    assert recover.recover(release, release) == (release, [])
    full = as_notebook(release)
    for ours, theirs in zip(full.cells, source.cells, strict=True):
        if ours.metadata.get("nbgrader", {}).get("solution"):
            ours.source = theirs.source
        ours.metadata["execution"] = {"iopub.execute_input": "2026-01-01"}
    for place in range(0, 2 * len(full.cells), 2):
        full.cells.insert(place, as_notebook(own(f"mine_{place} = {place}")))
    full.metadata.kernelspec.display_name = "Python 3 (ipykernel)"
    assert recover.recover(full, release) == (full, [])


@pytest.mark.parametrize("slug", slugs(ROOT))
def test_is_every_exercise_recognised_without_its_marks(slug):
    """Are sources enough to find each cell, answered or not?"""
    release = nbformat.read(ROOT / "exercises" / slug / f"{slug}.ipynb", as_version=4)
    source = nbformat.read(ROOT / "solutions" / slug / f"{slug}.ipynb", as_version=4)
    for answers in (release, source):
        stripped, wanted = as_notebook(release), as_notebook(release)
        for number, theirs in enumerate(answers.cells):
            if theirs.metadata.get("nbgrader", {}).get("solution"):
                wanted.cells[number].source = stripped.cells[number].source = theirs.source
            stripped.cells[number].metadata = nbformat.from_dict({"id": f"c{number}"})
            stripped.cells[number].id = f"c{number}"
        found, findings = recover.recover(stripped, release)
        assert [c.id for c in found.cells] == [c.id for c in wanted.cells]
        assert [c.source for c in found.cells] == [c.source for c in wanted.cells]
        assert "lost the marks" in findings[0].found
        assert len(findings) == 1


def test_is_an_answer_in_the_cell_after_the_empty_one_left_there():
    raw = answered()
    mine = own(cell(raw, "latch")["source"])
    cell(raw, "latch")["source"] = "".join(cell(released(), "latch")["source"])
    place = raw["cells"].index(cell(raw, "latch"))
    raw["cells"].insert(place + 1, mine)
    notebook = as_notebook(raw)
    assert recover.recover(notebook, RELEASE) == (notebook, [])


def test_where_do_cells_stand_after_recovery():
    """Do the learner's own cells follow what they followed, and put-back cells what they did?"""
    raw = answered()
    ids = [held["id"] for held in raw["cells"]]
    raw["cells"].insert(ids.index("leaky_step") + 1, own("mine = 1") | {"id": "mine"})
    raw["cells"] = [h for h in raw["cells"] if h["id"] not in ("test_leaky_step", "setup-imports")]
    found, _ = recover.recover(as_notebook(raw), RELEASE)
    ids.insert(ids.index("leaky_step") + 1, "mine")
    assert [held.id for held in found.cells] == ids


def test_does_a_written_answer_survive():
    """Is a text kept that was written below the question, merged into it, or retyped?"""
    for name in ("question_and_answer_merged", "written_answer_retyped", "no_metadata"):
        raw = built(name)
        found, _ = recover.recover(as_notebook(raw), RELEASE)
        assert cell(found, "sharing").source == reference()["sharing"]


def test_are_the_parts_of_an_answer_joined():
    raw = built("answer_split_between_functions")
    found, _ = recover.recover(as_notebook(raw), RELEASE)
    source = cell(found, "surname_classifier").source
    assert source.index("def fit_surnames") < source.index("def predict_surnames")


def built(name):
    """Return the notebook of a case as JSON."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "submitted" / "anna" / SLUG
        CASES[name].build(place, SLUG)
        return json.loads((place / NAME).read_text("utf-8"))


def test_are_attachments_kept_where_text_may_have_them():
    found, _ = recover.recover(as_notebook(built("attachments")), RELEASE)
    assert cell(found, "sharing").attachments["drawing.png"]["image/png"] == "iVBORw0KGgo="
    assert "attachments" not in cell(found, "latch")


def test_which_other_files_are_staged(tmp_path):
    _, into = staged("other_files", tmp_path)
    names = sorted(str(path.relative_to(into)) for path in into.rglob("*") if path.is_file())
    assert names == [NAME, "data/table.csv", "helper.py", "image.png"]
    assert (into / "image.png").read_bytes() == bytes(range(256))


def test_do_cells_see_no_more_than_the_plain_files_beside_the_notebook(tmp_path):
    folder = tmp_path / "submitted" / "anna" / SLUG
    put(folder, answered())
    put(folder, released(), "old/scratch.ipynb")
    for name in ("helper.py", "data/a.csv", "data/b.csv", "timestamp.txt", "submission_secret.txt"):
        put(folder, "x" * 2**19, name)
    put(folder, "x", "..\\..\\gradebook.db")
    (folder / "link.py").symlink_to(__file__)
    (folder / "up").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(folder / "pipe.csv")
    files, findings = collect.beside(folder)
    assert files == {n: folder / n for n in ("helper.py", "data/a.csv", "data/b.csv")}
    assert len(findings) == 4
    assert all(finding.done for finding in findings)
    findings = collect.stage(folder, RELEASE_PATH, tmp_path / "staged", room=2**20)
    assert list(collect.beside(tmp_path / "staged")[0]) == ["helper.py", "data/a.csv"]
    assert (tmp_path / "staged" / "submission_secret.txt").exists()  # for the feedback's release
    told = [f"{finding.file}: {finding.found} {finding.done}" for finding in findings]
    left_out = "It was left out; the cells do not see it."
    assert f"data/b.csv: All files together have more than 1 MB. {left_out}" in told
    assert any("came data/a.csv and helper.py. The cells find it there" in line for line in told)


def test_do_the_files_of_a_notebook_in_a_folder_of_its_own_lie_beside_it(tmp_path):
    folder, into = tmp_path / "submitted" / "anna" / SLUG, tmp_path / "staged"
    put(folder, answered(), f"{NAME}/{NAME}")
    for name in ("helper.py", "data/a.csv", "timestamp.txt"):
        put(folder, "beside", f"{NAME}/{name}")
    for name in ("helper.py", "data/b.csv"):
        put(folder, "above", name)
    findings = collect.stage(folder, RELEASE_PATH, into)
    files, _ = collect.beside(into)
    told = {name: path.read_text() for name, path in files.items()}
    assert told == {"helper.py": "beside", "data/a.csv": "beside", "data/b.csv": "above"}
    assert not (into / "timestamp.txt").exists()
    (out,) = (finding for finding in findings if "of this name" in finding.found)
    assert (out.file, out.done) == ("helper.py", collect.LEFT_OUT)


def test_is_what_stood_in_the_staging_folder_removed(tmp_path):
    (tmp_path / "staged").mkdir()
    (tmp_path / "staged" / NAME).write_text("of an earlier run", "utf-8")
    _, into = staged("empty_folder", tmp_path)
    assert list(into.iterdir()) == []


def test_is_a_submission_never_staged_into_itself(tmp_path):
    put(tmp_path / "anna", answered())
    for into in (tmp_path, tmp_path / "anna", tmp_path / "anna" / "in"):
        with pytest.raises(ValueError, match="into: expected a folder apart from"):
            collect.stage(tmp_path / "anna", RELEASE_PATH, into)
    assert (tmp_path / "anna" / NAME).is_file()


def test_does_an_unreadable_file_get_a_sentence(tmp_path, monkeypatch):
    put(tmp_path / "anna", answered())

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(recover.os, "open", refuse)
    notebook, (finding,) = recover.read(tmp_path / "anna" / NAME)
    assert notebook is None
    assert finding.found == "The file cannot be opened: permission denied."
    assert "send the .ipynb" in finding.done


def test_does_a_folder_that_is_not_there_get_a_sentence(tmp_path):
    findings = collect.stage(tmp_path / "gone" / SLUG, RELEASE_PATH, tmp_path / "staged")
    assert "cannot be read" in findings[0].found
    assert "No notebook was found" in findings[1].found


def test_whose_folder_is_whose(tmp_path):
    """Are names told apart, and those that are no names reported?"""
    for name in ("anna", "ben", "ben ", "Ben", "two\nlines", "re\u0301ne", "r\u00e9ne"):
        put(tmp_path / name / SLUG, answered())
    put(tmp_path / "ben" / SLUG, "2026-01-02 10:00:00 UTC", "timestamp.txt")
    put(tmp_path / "ben " / SLUG, "2026-01-03 10:00:00 UTC", "timestamp.txt")
    put(tmp_path / "carla" / "01_sequences", answered())
    (tmp_path / "notes.txt").write_text("not a learner", "utf-8")
    learners = collect.learners(tmp_path, SLUG)
    assert set(learners) == {"anna", "ben", "Ben", "two\\nlines", "r\u00e9ne"}
    assert learners["ben"][0] == tmp_path / "ben " / SLUG
    assert "The latest, in 'ben '" in learners["ben"][1][0].done
    assert learners["two\\nlines"][0] is None
    assert learners["anna"] == (tmp_path / "anna" / SLUG, [])


# mutations drawn at random

JUNK = (None, 3, -1.5, float("nan"), "", "text", "\udc80\0", [], [None], {}, {"a": {}}, True)


def mutated(raw, rng):
    """Damage a notebook in one way; return it, or bytes where it is no JSON any more."""
    cells = raw["cells"]
    kind = rng.choice(MUTATIONS)
    if not isinstance(cells, list) or not cells:
        return raw
    place, other = rng.randrange(len(cells)), rng.randrange(len(cells))
    held = cells[place]
    if not isinstance(held, dict) or not isinstance(cells[other], dict):
        return raw
    source = held.get("source") if isinstance(held.get("source"), str) else ""
    if kind == "delete":
        del cells[place]
    elif kind == "double":
        cells.insert(other, copy.deepcopy(held))
    elif kind == "move":
        cells.insert(other, cells.pop(place))
    elif kind == "merge" and place + 1 < len(cells) and isinstance(cells[place + 1], dict):
        held["source"] = f"{source}\n{cells.pop(place + 1).get('source')}"
    elif kind == "split":
        cut = rng.randrange(len(source) + 1)
        held["source"] = source[:cut]
        cells.insert(place + 1, copy.deepcopy(held) | {"source": source[cut:]})
    elif kind == "retype":
        held["cell_type"] = rng.choice(["code", "markdown", "raw", *JUNK])
    elif kind == "swap":
        key = rng.choice(["metadata", "id", "source", "cell_type"])
        cells[other][key], held[key] = held.get(key), cells[other].get(key)
    elif kind == "strip":
        for one in cells:
            if isinstance(one, dict) and rng.random() < 0.5:
                one.pop(rng.choice(["metadata", "id"]), None)
    elif kind == "junk":
        held[rng.choice([*held, "new"])] = rng.choice(JUNK)
    elif kind == "mark":
        meta = held.get("metadata")
        marks = meta.get("nbgrader") if isinstance(meta, dict) else None
        if isinstance(marks, dict) and marks:
            marks[rng.choice(list(marks))] = rng.choice([*JUNK, "latch", "test_latch"])
    elif kind == "letters" and source:
        letters = list(source)
        for _ in range(rng.randrange(1, 20)):
            letters[rng.randrange(len(letters))] = rng.choice(" \n\t\rdef(:#\"'")
        held["source"] = "".join(letters)
    elif kind == "top":
        raw[rng.choice(list(raw))] = rng.choice(JUNK)
    return raw


MUTATIONS = [
    *("delete", "double", "move", "merge", "split", "retype", "swap", "strip", "junk", "mark"),
    *("letters", "letters", "mark", "top"),
]


@pytest.mark.parametrize("seed", range(20))
def test_does_no_mutation_stop_it(seed, tmp_path):
    """Does whatever is drawn come back in shape, or as nothing with a sentence?"""
    rng = random.Random(seed)
    path = tmp_path / NAME
    for _ in range(25):
        raw = answered()
        for _ in range(rng.randrange(1, 8)):
            raw = mutated(raw, rng)
        data = json.dumps(raw).encode(rng.choice(["utf-8", "utf-8-sig", "utf-16", "utf-8"]))
        if rng.random() < 0.2:
            damaged = bytearray(data)
            for _ in range(rng.randrange(1, 10)):
                damaged[rng.randrange(len(damaged))] = rng.randrange(256)
            data = bytes(damaged)
        path.write_bytes(data)
        notebook, findings = recover.read(path)
        if notebook is None:
            assert "send the .ipynb" in findings[-1].done
        else:
            found, more = recover.recover(notebook, RELEASE)
            findings += more
            assert_in_shape(found)
        assert all(f.found.isprintable() and f.done.isprintable() for f in findings)


@pytest.mark.parametrize("seed", range(10))
def test_does_recovery_take_a_notebook_that_was_not_read_by_it(seed):
    """Does it stand by itself, as a step of nbgrader?"""
    rng = random.Random(100 + seed)
    for _ in range(20):
        raw = answered()
        for _ in range(rng.randrange(1, 8)):
            raw = mutated(raw, rng)
        found, _ = recover.recover(nbformat.from_dict(raw), RELEASE)
        assert_in_shape(found)
