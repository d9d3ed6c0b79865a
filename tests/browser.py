"""A headless Chromium that asks the network for nothing, for tests of pages."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None or find_spec("selenium") is None,
    reason="chromium, chromedriver or selenium is not installed",
)

ESCAPE, ENTER, SPACE, SHIFT = "\ue00c", "\ue007", " ", "\ue008"
LEFT, RIGHT, DOWN, HOME, END = "\ue012", "\ue014", "\ue015", "\ue011", "\ue010"
"""Keys, as WebDriver writes them."""

_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--disable-extensions", "--window-size=1400,900",
)  # fmt: skip


@contextmanager
def browser(profile: Path, *flags: str) -> Iterator[Any]:
    """A driver of a fresh browser; ``profile`` is an empty folder."""
    from selenium import webdriver

    assert CHROMIUM is not None
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*_FLAGS, *flags, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


def console_errors(driver: Any) -> list[str]:
    """What the page has complained of since this was last asked."""
    return [entry["message"] for entry in driver.get_log("browser")]


def requests(driver: Any) -> list[str]:
    """What has been asked for since this was last asked: addresses that are not on the disk."""
    said = (json.loads(entry["message"])["message"] for entry in driver.get_log("performance"))
    asked = [
        m["params"]["request"]["url"] for m in said if m["method"] == "Network.requestWillBeSent"
    ]
    return [
        url for url in asked if not url.startswith(("file:", "blob:", "about:", "chrome", "data:"))
    ]
