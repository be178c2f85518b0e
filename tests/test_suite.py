"""Does every test assert something?"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
FILES = sorted(path for path in TESTS.rglob("test_*.py") if "submissions" not in path.parts)


def called(node: ast.AST) -> set[str]:
    """Return the last names of everything that is called below a node."""
    names = set()
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            names.add(ast.unparse(call.func).rsplit(".", 1)[-1])
    return names


def asserts(node: ast.AST) -> bool:
    """Say whether a function compares anything by itself."""
    names = called(node)
    return (
        any(isinstance(part, ast.Assert) for part in ast.walk(node))
        or "raises" in names
        or any("assert" in name for name in names)
    )


def silent(source: str) -> list[str]:
    """Return the tests of a file that assert nothing, neither themselves nor in what they call."""
    functions = {
        node.name: node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)
    }
    loud = {name for name, node in functions.items() if asserts(node)}
    while grown := {
        name for name, node in functions.items() if name not in loud and called(node) & loud
    }:
        loud |= grown
    return sorted(name for name in functions if name.startswith("test_") and name not in loud)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_does_every_test_of_a_file_assert(path: Path) -> None:
    assert silent(path.read_text("utf-8")) == []


def test_would_a_silent_test_be_seen() -> None:
    source = """
def helper(x):
    assert x

def test_direct():
    assert 1

def test_through_a_helper():
    helper(1)

def test_nothing():
    print("fine")
"""
    assert silent(source) == ["test_nothing"]
