"""Does the tree keep the promises that ARCHITECTURE makes to someone new?"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "rnn_utils"
LAYERS = [
    {"_errors", "_arrays", "_shadow", "device", "metrics", "plotting"},
    {"datasets"},
    {"recurrent"},
    {"sequences", "rnn", "bptt", "lstm", "gru"},
    {"deep", "seq2seq"},
    {"attention"},
    {"training", "decoding"},
    {"language_model", "embeddings"},
    {"text_classification", "tagging", "translation"},
    {"checks"},
    {"grading"},
]
LAYER = {module: rank for rank, modules in enumerate(LAYERS) for module in modules}


def module_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_modules(path: Path) -> set[str]:
    """Return the modules of the package that a file imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("rnn_utils.")}
    return found & LAYER.keys()


SOURCES = sorted(
    path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem[:2] != "__"
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_do_imports_go_downward_only(path: Path) -> None:
    own = module_of(path)
    assert own in LAYER, f"{own}: not in a layer; add it to LAYERS"
    above = {name for name in imported_modules(path) - {own} if LAYER[name] > LAYER[own]}
    assert not above, f"{own} imports {above} from a layer above it"


def test_does_the_check_of_layers_see_an_import(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("def f():\n    from rnn_utils import checks\n    import rnn_utils.device\n")
    assert imported_modules(file) == {"checks", "device"}


def test_does_the_package_know_neither_book_nor_exercises() -> None:
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                top = (node.module or "").split(".")[0]
                assert top not in {"book", "exercises", "solutions", "tests", "tools"}, path


def test_is_the_import_light() -> None:
    """Does `import rnn_utils` load neither torch nor anything of the extras?"""
    code = "import sys, rnn_utils; print(*sorted(m for m in sys.modules if '.' not in m))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = set(done.stdout.split())
    heavy = {"torch", "numpy", "matplotlib", "sklearn", "statsmodels", "faker", "nbgrader"}
    assert "rnn_utils" in loaded
    assert not loaded & heavy


def test_does_a_learner_load_nothing_of_the_grade_extra() -> None:
    modules = "datasets, checks, training, bptt, rnn, sequences, plotting, metrics, device"
    code = f"import sys; from rnn_utils import {modules}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert not {"nbgrader", "nbconvert", "sqlalchemy"} & set(done.stdout.split())


def test_is_a_stray_file_that_hides_the_package_named(tmp_path: Path) -> None:
    from rnn_utils._shadow import refuse_shadow

    refuse_shadow(tmp_path)
    (tmp_path / "rnn_utils.py").write_text("")
    with pytest.raises(ImportError, match="rename it"):
        refuse_shadow(tmp_path)


def test_do_the_five_places_share_their_slugs() -> None:
    """Is there for every chapter a module, an exercise, its release and tests?"""
    for chapter in (ROOT / "book").glob("[0-9][0-9]_*.ipynb"):
        slug = chapter.stem
        module = slug[3:]
        for place in (
            PACKAGE / f"{module}.py",
            ROOT / "solutions" / slug / f"{slug}.ipynb",
            ROOT / "exercises" / slug / f"{slug}.ipynb",
            ROOT / "tests" / f"test_{module}.py",
            ROOT / "tests" / "equations" / f"test_{slug}.py",
            ROOT / "tests" / "submissions" / slug,
        ):
            assert place.exists(), f"{slug}: {place.relative_to(ROOT)} is missing"


def test_is_the_repository_named_once_and_followed_everywhere() -> None:
    import re

    config = (ROOT / "_config.yml").read_text("utf-8")
    (url,) = re.findall(r"^\s*url:\s*(\S+)", config, re.M)
    assert url in (ROOT / "CITATION.cff").read_text("utf-8")
    for path in [*ROOT.glob("book/*.ipynb"), *ROOT.glob("exercises/*/*.ipynb")]:
        assert f"git+{url}" in path.read_text("utf-8"), f"{path.name}: another repository"
