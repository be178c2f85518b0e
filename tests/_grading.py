"""A course folder with a gradebook, submissions, and a judge that looks for one word."""

from __future__ import annotations

import csv
import multiprocessing
import os
import shutil
import signal
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import PyFileConfigLoader

from rnn_utils.grading import grade
from rnn_utils.grading.judge import Judged, cell_name, is_test

ROOT = Path(__file__).resolve().parent.parent
SLUG = "01_sequences"
LEARNERS = ("ada", "ben", "cleo", "dan", "eve")
FORK = multiprocessing.get_context("fork")


class Class:
    """A course folder, and what tests do in it."""

    def __init__(self, root: Path, url: str | None = None) -> None:
        self.root = root
        self.log = root / "judged.log"
        self.folder = root / "graded" / SLUG
        self.url = url or f"sqlite:///{root / 'gradebook.db'}"

    @classmethod
    def new(cls, root: Path, url: str | None = None) -> Class:
        """Make a course with an exercise in its gradebook and nobody in it."""
        shutil.copy(ROOT / "nbgrader_config.py", root)
        if url:
            with (root / "nbgrader_config.py").open("a") as config:
                config.write(f"\nc.CourseDirectory.db_url = {url!r}\n")
        for folder in ("solutions", "exercises"):
            shutil.copytree(ROOT / folder / SLUG, root / folder / SLUG)
        course = cls(root, url)
        course.generate()
        return course

    def submit_all(self):
        """Hand in what all learners made: ben has two tasks right, the others everything."""
        for learner in LEARNERS:
            self.submit(learner, right=None if learner != "ben" else ("pad_left", "standardise"))

    def points(self):
        """Return the automatic scores that these submissions have to get."""
        with Gradebook(self.url, "rnn") as book:
            cells = book.find_assignment(SLUG).notebooks[0].grade_cells
            full = {c.name: c.max_score if c.name.startswith("test_") else 0.0 for c in cells}
        two = ("test_pad_left", "test_standardise")
        some = {name: points if name in two else 0.0 for name, points in full.items()}
        return {learner: some if learner == "ben" else full for learner in LEARNERS}

    def submit(self, learner, right=None, stamp=None):
        """Hand in a release in which some tasks, or all, are answered."""
        notebook = nbformat.read(self.root / "exercises" / SLUG / f"{SLUG}.ipynb", as_version=4)
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code":
                good = right is None or cell.id in right
                cell.source = f"# {learner} {'RIGHT' if good else 'WRONG'}"
        folder = self.root / "submitted" / learner / SLUG
        folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, folder / f"{SLUG}.ipynb")
        if stamp:
            (folder / "timestamp.txt").write_text(stamp)

    def grade(self, *arguments):
        """Run the command here; return its exit status."""
        return grade.main(
            [SLUG, "--course", str(self.root), "--no-sandbox", "--workers", "2", *arguments]
        )

    def killed(self, patch, *arguments):
        """Run the command in a process that `patch` makes to be killed; was it?"""

        def run():
            patch()
            os._exit(self.grade(*arguments))

        process = FORK.Process(target=run)
        process.start()
        process.join()
        return process.exitcode == -signal.SIGKILL

    def generate(self):
        """Enter the exercise in the gradebook."""
        config = PyFileConfigLoader("nbgrader_config.py", path=str(self.root)).load_config()
        directory = CourseDirectory(config=config, assignment_id=SLUG)
        directory.assignment_id = SLUG
        converter = GenerateAssignment(coursedir=directory, config=config, force=True)
        converter.log.setLevel("ERROR")
        converter.start()

    def marks(self):
        """Return each learner's automatic scores."""
        found = {}
        with Gradebook(self.url, "rnn") as book:
            for submission in book.assignment_submissions(SLUG):
                (notebook,) = submission.notebooks
                found[submission.student.id] = {g.name: g.auto_score for g in notebook.grades}
        return found

    def judged(self):
        """Return the learners in the order in which they were judged."""
        return self.log.read_text().split() if self.log.is_file() else []

    def rows(self, name):
        with (self.folder / name).open() as file:
            return list(csv.DictReader(file))

    def report(self, learner):
        return [row for row in self.rows("report.csv") if row["learner"] == learner]

    def judge(self, notebook, open_learner, limits, *, tasks=None, earlier=None, files=None):
        """Give the points of each task whose answer has the word RIGHT."""
        answers = {cell.id: cell.source for cell in notebook.cells}
        learner = next(s.split()[1] for s in answers.values() if s.endswith(("RIGHT", "WRONG")))
        with self.log.open("a") as file:
            file.write(f"{learner}\n")
        judged = Judged([None] * len(notebook.cells))
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type != "code":
                continue
            name = cell_name(cell, index)
            judged.outputs[index] = []
            if is_test(cell):
                if tasks is not None and name not in tasks:
                    judged.outputs[index] = earlier[name]
                elif not answers[name.removeprefix("test_")].endswith("RIGHT"):
                    words = "not right"
                    judged.outputs[index] = [
                        {
                            "output_type": "error",
                            "ename": "Failed",
                            "evalue": words,
                            "traceback": [],
                        }
                    ]
                judged.passed[name] = not judged.outputs[index]
            judged.seconds[name] = 0.25
        return judged
