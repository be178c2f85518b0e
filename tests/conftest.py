"""What all tests share."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest

# One thread per worker: the suite runs in parallel, and the models in it are small.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep what shares its set-up on one worker: the tests of a file, or of a page of the site.

    The largest groups run first, so the many small pages come last, when the site stands.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFileOrPage(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, _, test = nodeid.partition("::")
            page = re.search(r"\[(\S+?\.html)", test)
            return page[1] if page and "test_browser" in file else file

    return ByFileOrPage(config, log)


@pytest.fixture(scope="module")
def playwright() -> Any:
    """Start playwright for the tests of a file; there can be but one of it at a time."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started
