"""Write the tables and the picture of docs/performance.md: `python benchmarks/engines.py`.

It takes half an hour on two cores; `--quick` and `--default` measure fewer and smaller nets,
`tables` or `growth` measures for the tables or the picture alone. Where ../shared/circuits is
absent, the tables lack its circuits.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from pathlib import Path

from runtime.bench.growth import draw, measure_growth
from runtime.bench.measure import Entry
from runtime.bench.report import GATES, TABLES, gate_rates, pivot
from runtime.bench.suite import BUDGET, Scale, groups
from runtime.engines.threads import one_thread

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "performance.md"
PICTURE = DOCUMENT.with_suffix(".png")


def tables(scale: Scale) -> None:
    """Measure all groups, then write."""
    entries: list[Entry] = []
    for group in groups(scale, ROOT.parent / "shared" / "circuits"):
        show(group.label)
        entries += group.run(frozenset(), BUDGET[scale])
    text = DOCUMENT.read_text()
    for title, (columns, baseline) in TABLES.items():
        text = between(text, title, pivot(entries, columns, baseline))
    text = between(text, "gates", gate_rates(entries, GATES))
    DOCUMENT.write_text(between(text, "machine", f"{machine()}\n"))


def growth(scale: Scale) -> None:
    """Measure nets of all sizes, then draw."""
    draw(measure_growth(scale, lambda done, total: show(f"net {done} of {total}")), PICTURE)


def show(line: str) -> None:
    """Tell how far this is."""
    sys.stderr.write(f"{line}\n")


def between(text: str, title: str, new: str) -> str:
    """The text with what stands between two comments of this title replaced."""
    marked = re.compile(rf"(?<=<!-- {title} -->\n).*?(?=<!-- end of {title} -->)", re.DOTALL)
    assert len(marked.findall(text)) == 1, title
    return marked.sub(lambda _: f"\n{new.rstrip()}\n\n", text)


def machine() -> str:
    """What the figures were measured on."""
    info = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.*)", info.read_text()) if info.exists() else []
    return f"Measured on {os.cpu_count()} cores of {names[0] if names else platform.processor()}."


if __name__ == "__main__":
    wanted = [scale for scale in Scale if f"--{scale}" in sys.argv[1:]]
    parts = [part for part in (tables, growth) if part.__name__ in sys.argv[1:]]
    with one_thread():
        for part in parts or (tables, growth):
            part(wanted[0] if wanted else Scale.FULL)
