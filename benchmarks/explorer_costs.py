"""What a page of the explorer costs, by size of the net; prints the table of docs/inspection.md.

    python benchmarks/explorer_costs.py            # nets of 10^3 to 10^6 edges
    python benchmarks/explorer_costs.py 100000/30 parity:bits=16

Arguments are edges/depth of synthetic nets, whose edges are random, or names of learners, of which
1,000 steps of SGD are recorded. "Open" is from the start of loading until the page can be used, and
"step" the time to go to another step while a neighbourhood is drawn, both in headless Chromium
without a GPU and the best of three.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from circuits.targets import target
from runtime.bench.synthetic import synthetic_net
from runtime.compiled import compile_source
from runtime.explorer import write_explorer
from runtime.recording import Recording, record
from runtime.settings import Settings

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

NETS = [
    "1000/30", "10000/30", "100000/30", "1000000/30",
    "parity:bits=8", "parity:bits=24", "parity:bits=64", "parity:bits=180",
]  # fmt: skip
STEPS = 1000
TIMES = 3

_STEP = """
const e = explorer, found = [];
e.open({kind: "vertex", id: e.net.outputs[0][0], hops: 3});
for (let t = 1; t <= 5; t++) {
  const begin = performance.now();
  e.goTo(t);
  document.body.getBoundingClientRect();
  found.push(performance.now() - begin);
}
return Math.min(...found);
"""


def page_of(name: str, file: Path) -> list[str]:
    """Write the page; the first columns."""
    edges, slash, depth = name.partition("/")
    run: Recording | None = None
    if slash:
        net = synthetic_net(int(edges), int(depth))
    else:
        net = compile_source(f"builtin:{name}").net
        rule = target("parity", int(name.partition("=")[2]), 0)
        run = record(net, Settings(steps=STEPS, labels=lambda _step, x, _said: rule(x)))
    begin = time.perf_counter()
    size = write_explorer(file, net, run)
    taken = time.perf_counter() - begin
    steps = f"{run.steps:,}, {len(run.flip_steps):,} flips" if run is not None else "none"
    label = f"random, {depth} levels" if slash else name
    return [label, f"{net.edges:,}", steps, f"{taken:.2f} s", f"{size / 1e6:.2f} MB"]


def opened(driver: Any, file: Path) -> tuple[float, float]:
    """Milliseconds until the page can be used, and to go a step."""
    from selenium.webdriver.support.ui import WebDriverWait

    ready, step = [], []
    for _ in range(TIMES):
        driver.get("about:blank")
        driver.get(file.as_uri())
        WebDriverWait(driver, 60, 0.02).until(
            lambda d: d.execute_script("return window.explorer && explorer.ready")
        )
        ready.append(float(driver.execute_script("return explorer.ready")))
        step.append(float(driver.execute_script(_STEP)))
    return min(ready), min(step)


def main(names: list[str]) -> None:
    """Print the table."""
    from browser import browser

    heads = ["net", "edges", "steps", "write", "page", "open", "step"]
    sys.stdout.write(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}\n")
    with tempfile.TemporaryDirectory() as folder, browser(Path(folder) / "profile") as driver:
        for name in names:
            row = page_of(name, Path(folder) / "page.html")
            ready, step = opened(driver, Path(folder) / "page.html")
            row += [f"{ready / 1000:.2f} s", f"{step:.0f} ms"]
            sys.stdout.write(f"| {' | '.join(row)} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:] or NETS)
