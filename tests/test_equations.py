"""Is every numbered display of the book claimed by exactly one test?"""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest
from _book import CHAPTERS, ROOT, TAG, displays, equations


def claimed(path: Path) -> list[str]:
    """Return the numbers in the `pytest.mark.equation` decorators of a test file."""
    numbers = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            if (
                isinstance(decorator, ast.Call)
                and ast.unparse(decorator.func) == "pytest.mark.equation"
            ):
                assert node.name.startswith("test_"), f"{node.name} claims, but is no test"
                numbers += [ast.literal_eval(argument) for argument in decorator.args]
    return numbers


def problems(printed: list[str], claims: list[str]) -> list[str]:
    """Say which numbers are unclaimed, doubled or missing."""
    found = []
    for number, times in Counter(printed).items():
        if times > 1:
            found.append(f"({number}) is printed {times} times")
    for number, times in Counter(claims).items():
        if times > 1:
            found.append(f"({number}) is claimed by {times} tests")
    found += [f"({number}) is claimed by no test" for number in set(printed) - set(claims)]
    found += [f"({number}) is claimed, but not printed" for number in set(claims) - set(printed)]
    return sorted(found)


@pytest.mark.parametrize("slug", CHAPTERS)
def test_is_every_display_numbered(slug: str) -> None:
    bare = [display.strip()[:60] for display in displays(slug) if len(TAG.findall(display)) == 0]
    assert displays(slug), "a chapter without a display"
    assert not bare, f"displays without a number: {bare}"


@pytest.mark.parametrize("slug", CHAPTERS)
def test_do_the_numbers_run_without_gaps(slug: str) -> None:
    chapter = int(slug[:2])
    numbers = equations(slug)
    assert numbers == [f"{chapter}.{index}" for index in range(1, len(numbers) + 1)]


@pytest.mark.parametrize("slug", CHAPTERS)
def test_is_every_number_claimed_by_one_test(slug: str) -> None:
    file = ROOT / "tests" / "equations" / f"test_{slug}.py"
    assert problems(equations(slug), claimed(file)) == []


def test_would_a_wrong_claim_be_seen() -> None:
    assert problems(["1.1", "1.2", "1.2"], ["1.1", "1.1", "1.3"]) == [
        "(1.1) is claimed by 2 tests",
        "(1.2) is claimed by no test",
        "(1.2) is printed 2 times",
        "(1.3) is claimed, but not printed",
    ]
