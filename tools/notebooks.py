"""Puts every notebook in the one form that is committed, or says with --check which are not.

The form: nbformat 4.5, outputs stripped, the same kernel, cell ids kept, and as first code cell
the guarded install from the repository that `_config.yml` names.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("book", "solutions")
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
INSTALL = """\
# Installs the course's package where it is missing, as on Colab; does nothing elsewhere.
import importlib.util

if importlib.util.find_spec("rnn_utils") is None:
    %pip install --quiet "rnn-utils[data] @ git+{repository}"\
"""


def repository() -> str:
    """Return the address of the repository, from the one place that names it."""
    found = re.search(r"^\s*url:\s*(\S+)", (ROOT / "_config.yml").read_text("utf-8"), re.M)
    if found is None:
        raise SystemExit("_config.yml: expected a line `url:` under `repository:`, found none")
    return found.group(1)


def normalise(notebook: Any) -> Any:
    """Return the notebook in the committed form."""
    install = INSTALL.format(repository=repository())
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    kept = {key: notebook.metadata[key] for key in ("celltoolbar",) if key in notebook.metadata}
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}, **kept}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        cell.source = "\n".join(line.rstrip() for line in cell.source.rstrip().split("\n"))
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if code and code[0].id == "install":
        code[0].source = install
    elif code:
        cell = nbformat.v4.new_code_cell(install, id="install")
        notebook.cells.insert(notebook.cells.index(code[0]), cell)
    return notebook


def main() -> int:
    """Write the form, or compare with it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    parser.add_argument("paths", nargs="*", type=Path, help="notebooks; all unless named")
    options = parser.parse_args()
    paths = options.paths or sorted(
        path
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts
    )
    wrong = []
    for path in paths:
        before = path.read_text("utf-8")
        after = nbformat.writes(normalise(nbformat.reads(before, as_version=4))) + "\n"
        if before != after:
            wrong.append(path)
            if not options.check:
                path.write_text(after, "utf-8")
    if options.check and wrong:
        print(*(f"{path}: not in the committed form" for path in wrong), sep="\n")
        print("mend: python tools/notebooks.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
