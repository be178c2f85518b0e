"""The course as nbgrader sees it: solutions/ is the source, exercises/ the release."""

import os
import sys
from pathlib import Path

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearMarkScheme,
    GetGrades,
    IgnorePattern,
    LimitOutput,
    SaveAutoGrades,
)

try:
    from rnn_utils.grading.feedback import TEMPLATES, Inert, Summary, clean_html, markdown2html
    from rnn_utils.grading.preprocessors import Apart, HideTests, Recover, TrimCells
except ImportError as error:  # nbgrader would log it and go on, unguarded and with nothing hidden
    raise SystemExit(f"nbgrader_config.py: {error}; install the extra 'grade'") from None

c = get_config()  # noqa: F821 - traitlets defines it

# nbgrader starts `alembic` by its name: it stands beside this Python, active or not
_commands = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
os.environ["PATH"] = os.pathsep.join(_commands)

c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = "rnn"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"

c.Autograde.sanitize_preprocessors = [Recover, *Autograde.sanitize_preprocessors.default()]

# the learner's cells run in a sandbox, the checks outside of it; all else is nbgrader's own
c.Autograde.autograde_preprocessors = [
    Apart,
    IgnorePattern,
    ClearMetadataPreprocessor,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]

_steps = GenerateAssignment.preprocessors.default()
_steps.insert(_steps.index(ClearMarkScheme) + 1, TrimCells)
c.GenerateAssignment.preprocessors = _steps

# the rubric stands in the locked question cell, which nbgrader restores when it grades
c.ClearMarkScheme.enforce_metadata = False

# what a learner's cells hold cannot act in formgrader's pages, nor in feedback
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.preprocessors = [Inert]
c.HTMLExporter.filters = {"clean_html": clean_html, "markdown2html": markdown2html}

# formgrader reads the settings above too, and has templates of its own
c.GenerateFeedback.preprocessors = [GetGrades, HideTests, Summary]
c.GenerateFeedback.HTMLExporter.template_name = "course"
c.GenerateFeedback.HTMLExporter.extra_template_basedirs = [str(TEMPLATES)]
