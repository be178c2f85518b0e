"""Do the make targets answer a newcomer's mishaps with one line that says what to do?"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
spec = importlib.util.spec_from_file_location("environment", ROOT / "tools" / "environment.py")
assert spec is not None
assert spec.loader is not None
environment = importlib.util.module_from_spec(spec)
spec.loader.exec_module(environment)

Disk = namedtuple("Disk", "total used free")


def make(*arguments: str) -> str:
    done = subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_does_make_alone_list_every_target() -> None:
    listed = set(re.findall(r"^  make (\S+)", make(), re.M))
    targets = set(re.findall(r"^\.PHONY: (\S+)", (ROOT / "Makefile").read_text("utf-8"), re.M))
    assert listed == targets - {"help"} | {"help"}
    wanted = {"book", "test", "lint", "exercises", "lab", "serve", "bench", "clean"}
    assert wanted <= listed


def test_does_ci_run_the_same_targets_in_order() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert re.findall(r"^make (\w+)$", script, re.M) == ["lint", "test", "book"]


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_is_a_wrong_python_named_with_the_remedy(monkeypatch, tmp_path, version) -> None:
    monkeypatch.setattr(environment.sys, "version_info", (*version, 0))
    with pytest.raises(SystemExit, match=r"needs 3\.11, 3\.12 or 3\.13.*make PYTHON="):
        environment.main(str(tmp_path / "env"))
    assert not (tmp_path / "env").exists()


def test_is_a_full_disk_named_with_the_remedy(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda path: Disk(10, 9, 1_200_000_000))
    with pytest.raises(SystemExit, match=r"1\.2 GB are free.*free some space"):
        environment.main(str(tmp_path / "env"))
    assert not (tmp_path / "env").exists()


def test_is_a_failed_installation_not_taken_for_a_finished_one(monkeypatch, tmp_path) -> None:
    folder = tmp_path / "env"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    monkeypatch.setattr(environment.subprocess, "call", lambda *a, **k: 1)
    with pytest.raises(SystemExit, match="run the same command again"):
        environment.main(str(folder))
    assert not (folder / ".ready").exists()


def test_is_the_script_readable_by_an_old_python() -> None:
    """Would a Python too old for the course reach the line that says so?"""
    import ast

    source = (ROOT / "tools" / "environment.py").read_text("utf-8")
    ast.parse(source, feature_version=(3, 4))
    assert not re.search(r"""\bf["']""", source)


def test_does_the_lock_pin_everything_that_the_package_declares() -> None:
    from importlib import metadata

    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    exact = {canonicalize_name(pin.name): str(pin.specifier) for pin in pins}
    assert all(pin.startswith("==") for pin in exact.values())
    assert exact["torch"] == "==2.13.0"
    for text in metadata.requires("rnn-utils") or []:
        declared = Requirement(text)
        pin = exact[canonicalize_name(declared.name)].removeprefix("==")
        assert declared.specifier.contains(pin), f"{declared} does not admit {pin}"
        assert "==" not in str(declared.specifier), f"{declared}: the package declares ranges"
