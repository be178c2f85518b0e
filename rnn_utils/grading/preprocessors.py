"""What nbgrader does beyond its own steps: keep the streams apart from the marks, limit time."""

from __future__ import annotations

from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor

TEST_SECONDS = 300
CELL_SECONDS = 120


class StderrCostsNothing(NbGraderPreprocessor):  # type: ignore[misc]
    """Turns stderr into stdout after execution, because nbgrader takes stderr for a failure.

    Whatever wrote it: `sys.stderr`, a warning, a progress bar, a library in C or a child process.
    """

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        """Rename the streams of one cell."""
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                output.name = "stdout"
        return cell, resources


class TrimCells(NbGraderPreprocessor):  # type: ignore[misc]
    """Takes the empty lines off a cell's end, which stand where a hidden region was cut out."""

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        """Trim one cell."""
        cell.source = cell.source.rstrip()
        return cell, resources


def seconds(cell: Any) -> int:
    """Return how long a cell may run: a locked test cell may train a model, others may not."""
    return TEST_SECONDS if cell.metadata.get("nbgrader", {}).get("grade") else CELL_SECONDS
