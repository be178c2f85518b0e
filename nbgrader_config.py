"""The course as nbgrader sees it: solutions/ is the source, exercises/ the release."""

import os
import sys
from pathlib import Path

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearMarkScheme,
    Execute,
    IgnorePattern,
    LimitOutput,
    SaveAutoGrades,
)

from rnn_utils.grading.preprocessors import StderrCostsNothing, TrimCells, seconds

c = get_config()  # noqa: F821 - traitlets defines it

# nbgrader starts `alembic` by its name: it stands beside this Python, active or not
_commands = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
os.environ["PATH"] = os.pathsep.join(_commands)

c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = "rnn"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"

c.ExecutePreprocessor.kernel_name = "python3"
c.Execute.timeout_func = seconds
c.Execute.interrupt_on_timeout = True

# nbgrader's own order, with one step after Execute
c.Autograde.autograde_preprocessors = [
    Execute,
    StderrCostsNothing,
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
