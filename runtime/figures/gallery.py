"""The small figures of the README: `python -m runtime.figures.gallery [FOLDER]` draws them.

Each is what `sgdcc inspect SOURCE --figure FILE --kind KIND` draws, with fewer dots.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from circuits.circuit import Circuit
from circuits.errors import SgdccError
from circuits.machines.machine import Machine
from runtime.figures import draw_figure

FOLDER = Path("docs/gallery")

DPI = 80
"""Dots per inch: about 700 dots from left to right."""


def full_adder() -> Circuit:
    """Two outputs of three inputs, a small net without memory."""
    from circuits.builder import Builder

    builder = Builder("full adder")
    a, b, carry = (builder.input(name) for name in ("a", "b", "carry in"))
    builder.output("sum", builder.xor(a, b, carry))
    builder.output("carry", builder.threshold([a, b, carry], 2))
    return builder.build()


def _of_net(
    kind: str,
    source: str | Circuit,
    *,
    target: str | None = None,
    samples: int | None = None,
) -> Callable[[Path], object]:
    """Draw a figure of a net, or of the run of it that the command has by default."""

    def draw(path: Path) -> object:
        from runtime.compiled import compile_source

        compiled = compile_source(source, target=target, samples=samples)
        return draw_figure(path, kind, compiled.net, machine=compiled.machine, dpi=DPI)

    return draw


def _of_filter(machine: str, bits: int, samples: int) -> Callable[[Path], object]:
    """Draw how a filter learns and answers."""

    def draw(path: Path) -> object:
        from compiler.rcnn.machine_to_rcnn import machine_to_rcnn
        from runtime.rcnn.settings import RcnnSettings
        from runtime.sources import read_source

        source = read_source(machine)
        assert isinstance(source, Machine)
        settings = RcnnSettings(bits=bits, samples=samples)
        return draw_figure(path, "layers", machine_to_rcnn(source), settings, dpi=DPI)

    return draw


GALLERY: dict[str, Callable[[Path], object]] = {
    "gadget": _of_net("gadget", "builtin:parity:bits=4"),
    "cell": _of_net("gadget", "builtin:parity:bits=2", target="noise-tolerant", samples=4),
    "net": _of_net("net", full_adder()),
    "components": _of_net("components", "builtin:parity:bits=4"),
    "weights": _of_net("weights", "builtin:parity:bits=4"),
    "margins": _of_net("margins", "builtin:parity:bits=16"),
    "flips": _of_net("flips", "builtin:busy-beaver:states=4"),
    "spacetime": _of_net("spacetime", "builtin:busy-beaver:states=4"),
    "layers": _of_filter("builtin:parity-machine", bits=2, samples=4),
}
"""By name; files are NAME.png."""


def draw_gallery(folder: Path) -> list[Path]:
    """Draw all of them, for anyone to look at.

    Raises:
        SourceError: there is no such folder, or no matplotlib.
    """
    paths = []
    for name, draw in GALLERY.items():
        path = folder / f"{name}.png"
        draw(path)
        paths.append(path)
    return paths


def main() -> None:
    """Draw the gallery into the folder that is given; into docs/gallery by default."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    try:
        paths = draw_gallery(folder)
    except SgdccError as error:
        sys.exit(f"error: {error}")
    for path in paths:
        click.echo(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
