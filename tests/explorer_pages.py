"""Pages of the explorer, for tests that look at them in a browser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from circuits.targets import target
from runtime.compiled import Compiled, compile_source
from runtime.engines.plan import Plan
from runtime.engines.reference import Reference
from runtime.explorer import write_explorer
from runtime.recording import Recording, record
from runtime.settings import Settings

LATCH = """INPUT(on)
INPUT(keep)
OUTPUT(z)
q = DFF(d)
kept = AND(q, keep)
d = OR(on, kept)
z = NOT(q)
"""


class Page(NamedTuple):
    """A page on the disk and what it was written from."""

    file: Path
    compiled: Compiled
    recording: Recording | None

    @property
    def run(self) -> Recording:
        """The recording of a page that has one."""
        assert self.recording is not None
        return self.recording


def parity_page(folder: Path, bits: int = 4, steps: int = 40) -> Page:
    """A parity that is learned within these steps."""
    rule = target("parity", bits, 0)
    compiled = compile_source(f"builtin:parity:bits={bits}")
    settings = Settings(steps=steps, labels=lambda _step, x, _prediction: rule(x))
    return written(folder / "parity.html", compiled, settings)


def written(file: Path, compiled: Compiled, settings: Settings | None) -> Page:
    """Record a run, if there are settings for one, and write the page."""
    run = None if settings is None else record(compiled.net, settings, compiled.machine)
    write_explorer(file, compiled.net, run, compiled.machine)
    return Page(file, compiled, run)


@dataclass
class View:
    """A page in a browser."""

    driver: Any

    def open(self, page: Page | Path, address: str = "") -> None:
        """Open it at an address after #, and wait until it is there."""
        file = page.file if isinstance(page, Page) else page
        self.driver.get("about:blank")  # else only the part after # changes
        self.driver.get(f"{file.as_uri()}#{address}")
        self.wait(
            "window.explorer || document.getElementById('message').textContent.includes('. ')"
        )

    def wait(self, condition: str) -> None:
        """Until a JavaScript expression is true."""
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(self.driver, 10, 0.02).until(
            lambda d: d.execute_script(f"return Boolean({condition})")
        )

    def js(self, script: str, *given: object) -> Any:
        """What a script returns."""
        return self.driver.execute_script(script, *given)

    def text(self, selector: str) -> str:
        """The text of the first such element, as it is on the screen."""
        return str(self.one(selector).text)

    def one(self, selector: str) -> Any:
        """The first such element."""
        return self.driver.find_element("css selector", selector)

    def all(self, selector: str) -> list[Any]:
        """All such elements."""
        return list(self.driver.find_elements("css selector", selector))

    def keys(self, selector: str, *keys: str) -> None:
        """Press keys on an element."""
        self.one(selector).send_keys(*keys)

    def node(self, key: str) -> Any:
        """A node of the picture: c3, g17 or v45."""
        return self.one(f'.node[data-key="{key}"]')

    def nodes(self) -> set[str]:
        """The keys of all nodes of the picture."""
        return set(
            self.js("return [...document.querySelectorAll('.node')].map(n => n.dataset.key)")
        )

    def floats(self, expression: str) -> NDArray[np.uint64]:
        """A Float64Array of the page, bit for bit."""
        script = f"return Array.from(new BigUint64Array(({expression}).slice().buffer), String)"
        return np.array([int(x) for x in self.js(script)], np.uint64)

    def memory(self) -> list[int]:
        """The memory bits that are shown, by what their titles say."""
        script = "return [...document.querySelectorAll('#memory .bit')].map(b => b.title)"
        return [int(title.split(" = ")[1][0]) for title in self.js(script)]


def message_of_damaged(view: View, file: Path, folder: Path, pattern: str, put: str) -> str:
    """What a page says once the first place of a pattern in it is replaced."""
    text, changes = re.subn(pattern, put, file.read_text(), count=1)
    assert changes == 1
    (folder / "damaged.html").write_text(text)
    view.open(folder / "damaged.html")
    message = view.text("#message")
    assert message.startswith("This page is damaged or cannot be shown.")
    assert message.endswith("Write it anew with: sgdcc inspect NET --html FILE")
    return message


def trace(page: Page, step: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """What every vertex hears and says before a step, bit for bit, by the reference engine."""
    run, net = page.run, page.compiled.net
    dtype = getattr(torch, run.dtype)
    sample = run.samples[step] if step < run.steps else np.ones(len(net.inputs), np.int8)
    found = Reference().forward(
        Plan.of(net, dtype),
        torch.from_numpy(run.weights(step)).to(dtype),
        torch.from_numpy(sample).to(dtype),
    )
    return bits_of(found.inputs_sum.double().numpy()), bits_of(found.values.double().numpy())


def bits_of(array: NDArray[np.float64]) -> NDArray[np.uint64]:
    """The same, to be compared bit for bit."""
    return np.ascontiguousarray(array).view(np.uint64)


def differences(view: View, page: Page, steps: list[int]) -> list[str]:
    """Where the page's weights, sums and values are not those of the run."""
    found = []
    for step in steps:
        sums, values = trace(page, step)
        for name, got, wanted in (
            ("weights", "weights(STEP)", bits_of(page.run.weights(step))),
            ("sums", "pass(STEP).sums", sums),
            ("values", "pass(STEP).values", values),
            ("memory", "state(STEP).memory", page.run.memory(step)),
        ):
            expression = f"explorer.run.{got.replace('STEP', str(step))}"
            if name == "memory":
                shown = np.array(view.js(f"return Array.from({expression})"))
            else:
                shown = view.floats(expression)
            found += [f"{name} at step {step}"] if (shown != wanted).any() else []
    return found
