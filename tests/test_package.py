"""Does the wheel install, import and do what the README shows, with what it declares alone?"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent


def closure(names: list[str]) -> set[str]:
    """Return the distributions that these requirements need here, their own needs included."""
    wanted, found = [Requirement(name) for name in names], set()
    while wanted:
        requirement = wanted.pop()
        extras = requirement.extras or {""}
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            distribution = metadata.distribution(requirement.name)
        except metadata.PackageNotFoundError:
            continue
        name = distribution.metadata["Name"]
        if name in found:
            continue
        found.add(name)
        for text in distribution.requires or []:
            need = Requirement(text)
            if need.marker is None or any(need.marker.evaluate({"extra": e}) for e in extras):
                need.marker = None
                wanted.append(need)
    return found


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment that holds the wheel and its declared dependencies.

    The dependencies are lent from this environment by links, so that nothing is downloaded; what
    the wheel does not declare is not there.
    """
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(ROOT / "rnn_utils", source / "rnn_utils")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, source],
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=False)
    python = folder / "env" / "bin" / "python"
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder / "env")}))
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"),
            *("--disable-pip-version-check", "--target", site, wheel),
        ],
        check=True,
    )
    declared = [text for text in metadata.requires("rnn-utils") or [] if "extra ==" not in text]
    for name in closure(declared + data_extra()):
        for file in metadata.distribution(name).files or []:
            top = file.parts[0]
            origin = Path(str(metadata.distribution(name).locate_file(top)))
            if top not in {"..", "__pycache__"} and not (site / top).exists():
                (site / top).symlink_to(origin)
    return python


def data_extra() -> list[str]:
    """Return what the extra `data` declares."""
    return [
        text.split(";")[0]
        for text in metadata.requires("rnn-utils") or []
        if re.search(r"extra == ['\"]data['\"]", text)
    ]


def run(python: Path, code: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "-I", "-W", "error", "-c", code], capture_output=True, text=True, cwd=cwd
    )


@pytest.mark.slow
def test_does_the_wheel_import_every_public_module(installed: Path, tmp_path: Path) -> None:
    code = "import rnn_utils, importlib\nfor m in rnn_utils.__all__: getattr(rnn_utils, m)\n"
    code += "print(rnn_utils.__file__, rnn_utils.__version__)"
    done = run(installed, code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert str(installed.parent.parent) in done.stdout
    assert metadata.version("rnn-utils") in done.stdout


@pytest.mark.slow
def test_is_what_the_wheel_does_not_declare_absent(installed: Path, tmp_path: Path) -> None:
    for name in ("pytest", "nbgrader", "jupyter_book"):
        assert run(installed, f"import {name}", tmp_path).returncode != 0, name


@pytest.mark.slow
def test_do_the_examples_of_the_readme_run(installed: Path, tmp_path: Path) -> None:
    examples = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    assert examples
    done = run(installed, "\n".join(examples), tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_does_the_wheel_hold_the_diagnoses_and_no_tests(installed: Path) -> None:
    (package,) = installed.parent.parent.glob("lib/python*/site-packages/rnn_utils")
    assert list(package.glob("diagnoses/*.json"))
    assert (package / "py.typed").exists()
    assert not list(package.parent.glob("tests"))
