"""What the tests know of the site: it is built once for the whole run, and read from its HTML."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"


def build() -> None:
    """Build the site as `make book` does, once per run of the tests, whichever worker is first."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"process {os.getpid()}"
    (ROOT / "_build").mkdir(exist_ok=True)
    with (ROOT / "_build" / "tested").open("a+") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        mark.seek(0)
        before, _, failure = mark.read().partition("\n")
        if before != run:
            command = [sys.executable, str(ROOT / "tools" / "book.py")]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            failure = done.stdout + done.stderr if done.returncode else ""
            mark.truncate(0)
            mark.write(f"{run}\n{failure}")
    assert not failure, failure


def pages() -> list[Path]:
    """Return the documents that `_toc.yml` names, as they stand in the site."""
    toc = (ROOT / "_toc.yml").read_text("utf-8")
    names = re.findall(r"^\s*(?:- file|root): *(\S+)", toc, re.M)
    return [SITE / f"{name}.html" for name in names]


class Element:
    """An HTML element with its text, enough of a tree for the tests."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: Element | None) -> None:
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.children: list[Element | str] = []

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    def elements(self) -> list[Element]:
        """All elements below this one, in reading order."""
        found = []
        for child in self.children:
            if isinstance(child, Element):
                found += [child, *child.elements()]
        return found

    def find(self, tag: str = "", of_class: str = "") -> list[Element]:
        return [
            element
            for element in self.elements()
            if (not tag or element.tag == tag) and (not of_class or of_class in element.classes)
        ]

    def text(self, without: tuple[str, ...] = ()) -> str:
        """The text inside, without that of some tags."""
        return "".join(
            child if isinstance(child, str) else child.text(without)
            for child in self.children
            if isinstance(child, str) or child.tag not in without
        )


VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.at = Element("", {}, None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {key: value or "" for key, value in attrs}, self.at)
        self.at.children.append(element)
        if tag not in VOID:
            self.at = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.at.children.append(Element(tag, {key: value or "" for key, value in attrs}, self.at))

    def handle_endtag(self, tag: str) -> None:
        at: Element | None = self.at
        while at is not None and at.tag != tag:
            at = at.parent
        if at is not None and at.parent is not None:
            self.at = at.parent

    def handle_data(self, data: str) -> None:
        self.at.children.append(data)


@cache
def page(path: Path) -> Element:
    """Return a page of the site."""
    reader = _Reader()
    reader.feed(path.read_text("utf-8"))
    return reader.root


def article(path: Path) -> Element:
    """Return what a page has to say, without navigation."""
    (found,) = page(path).find("article", "bd-article")
    return found
