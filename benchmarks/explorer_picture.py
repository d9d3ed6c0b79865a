"""Write docs/gallery/explorer.png: `python benchmarks/explorer_picture.py`; needs Chromium."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from compiler.hierarchy import hierarchy_of
from runtime.compiled import compile_source
from runtime.explorer import write_explorer

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "gallery" / "explorer.png"
SIZE = (1280, 860)

sys.path.insert(0, str(ROOT / "tests"))


def main() -> None:
    """A memory unit of a busy beaver, while a step flips it."""
    from browser import browser
    from selenium.webdriver.support.ui import WebDriverWait

    compiled = compile_source("builtin:busy-beaver:states=4")
    run = compiled.record()
    gadget = hierarchy_of(compiled.net).gadget_names.index("memory unit state[0]")
    with tempfile.TemporaryDirectory() as folder, browser(Path(folder) / "profile") as driver:
        page = Path(folder) / "page.html"
        write_explorer(page, compiled.net, run, compiled.machine)
        driver.set_window_size(*SIZE)
        driver.get(f"{page.as_uri()}#view=gadget:{gadget}&vertex=30&step=3&theme=light")
        WebDriverWait(driver, 20, 0.02).until(
            lambda d: d.execute_script("return window.explorer && explorer.ready")
        )
        driver.save_screenshot(str(PICTURE))


if __name__ == "__main__":
    main()
