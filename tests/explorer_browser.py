"""Fixtures of a browser for pages of the explorer; test modules name this in `pytest_plugins`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import browser, console_errors, requests
from explorer_pages import View


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    """A browser without a page yet."""
    with browser(tmp_path_factory.mktemp("profile")) as driver:
        driver.get("about:blank")
        console_errors(driver), requests(driver)  # of the browser's own first page
        yield View(driver)


@pytest.fixture
def view(opened: View) -> Iterator[View]:
    """After every test: nothing was asked for, and no script complained."""
    yield opened
    assert requests(opened.driver) == []
    assert console_errors(opened.driver) == []
