"""Figures of nets and of their runs, with matplotlib; a module for each kind.

Files are .png, .svg or .pdf, whole or not there at all, and equal for equal input.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from circuits.errors import SourceError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from circuits.machines.bounded import BoundedMachine
    from compiler.net import Net
    from compiler.rcnn.filter import Filter
    from runtime.rcnn.settings import RcnnSettings
    from runtime.recording import Recording
    from runtime.settings import Settings

KINDS = {
    "net": "a small net as a whole, with exact weights",
    "gadget": "a memory unit, a cell or the neighbours of a vertex, with exact weights",
    "components": "the net as boxes, with the number of edges between them",
    "weights": "every distinct weight and how often there is one, by class of edges",
    "margins": "how far from the ends of f's flat pieces sums stay, by kind of vertex",
    "flips": "which memory edges SGD flips in which step",
    "spacetime": "the tape of a machine that SGD runs, step by step",
    "layers": "the grid of a recurrent convolutional net, as SGD writes it and layer by layer",
}
"""Kinds of figures; ``layers`` is that of filters, all others are of nets."""

MOST_EDGES, MOST_LEVELS = 160, 12
"""Of a net that is drawn as a whole."""


class Drawn(NamedTuple):
    """What was written.

    Attributes:
        path: the file.
        kind: one of `KINDS`.
        note: what the figure leaves out or shows otherwise than asked, else "".
    """

    path: Path
    kind: str
    note: str


class Picture(NamedTuple):
    """A figure that is not written yet, and the note of `Drawn`."""

    figure: Figure
    note: str = ""


def default_kind(what: Net | Filter) -> str:
    """The kind for those who name none: of filters ``layers``, of nets with memory ``gadget``."""
    from compiler.net import Net, Target

    if not isinstance(what, Net):
        return "layers"
    if what.target is not Target.COMPONENT:
        return "gadget"
    return "net" if is_small(what) else "components"


def is_small(net: Net) -> bool:
    """Whether every edge of a net can be drawn in one figure."""
    return net.edges <= MOST_EDGES and net.levels <= MOST_LEVELS


def draw_figure(
    path: Path,
    kind: str | None,
    what: Net | Filter,
    settings: Settings | RcnnSettings | None = None,
    *,
    vertex: str | None = None,
    machine: BoundedMachine | None = None,
    recording: Recording | None = None,
    dpi: int | None = None,
) -> Drawn:
    """Draw a figure of a net or a filter and write it.

    Args:
        path: .png, .svg or .pdf.
        kind: one of `KINDS`; None for `default_kind`.
        what: a net, or a filter of ``--target rcnn``.
        settings: of the run, for ``flips``, ``spacetime`` and ``layers``; of a filter these are
            `RcnnSettings`.
        vertex: for ``gadget``: a number or a name.
        machine: what the net was compiled from; ``spacetime`` and a run of it need it.
        recording: a run that there is already; else the net is trained.
        dpi: dots per inch of a .png; 120 by default.

    Raises:
        SourceError: another ending or kind, a kind that the input has no figure of, a vertex that
            there is not, no matplotlib, or the file cannot be written.
        LimitError: too much for one figure; says what to do.
    """
    from runtime.figures.style import DPI, check_ending, drawing, write_figure

    check_ending(path)
    kind = kind or default_kind(what)
    with drawing():
        picture = _picture(kind, what, settings, vertex, machine, recording)
        write_figure(picture.figure, path, dpi or DPI)
    return Drawn(path, kind, picture.note)


def _picture(
    kind: str,
    what: Net | Filter,
    settings: Settings | RcnnSettings | None,
    vertex: str | None,
    machine: BoundedMachine | None,
    recording: Recording | None,
) -> Picture:
    from compiler.net import Net
    from runtime.rcnn.settings import RcnnSettings

    if kind not in KINDS:
        raise SourceError(f"no figure {kind!r}", hint=f"one of: {', '.join(KINDS)}")
    if vertex is not None and kind != "gadget":
        raise SourceError(f"the figure {kind} is of no single vertex", hint="use the kind gadget")
    if isinstance(what, Net) == (kind == "layers"):
        only = "filters (--target rcnn)" if kind == "layers" else "nets, not of filters"
        raise SourceError(f"the figure {kind} is one of {only}")
    if not isinstance(what, Net):
        from runtime.figures.layers import draw_layers

        if settings is not None and not isinstance(settings, RcnnSettings):
            raise SourceError("the settings of a filter's run are RcnnSettings")
        return draw_layers(what, settings or RcnnSettings(), machine)
    if kind == "gadget":
        from runtime.figures.gadget import draw_gadget

        return draw_gadget(what, vertex)
    if kind == "net":
        from runtime.figures.whole import draw_whole

        return draw_whole(what)
    if kind == "components":
        from runtime.figures.components import draw_components

        return draw_components(what)
    if kind == "weights":
        from runtime.figures.weights import draw_weights

        return draw_weights(what)
    if kind == "margins":
        from runtime.figures.margins import draw_margins

        return draw_margins(what)
    if kind == "spacetime" and machine is None:
        raise SourceError(
            "a space-time diagram needs the machine, which a net file does not hold",
            hint="name the machine's source, such as builtin:busy-beaver:states=4",
        )
    recording = recording or _recorded(what, settings, machine)
    if kind == "flips":
        from runtime.figures.flips import draw_flips

        return draw_flips(recording)
    from runtime.figures.spacetime import draw_spacetime

    assert machine is not None
    return draw_spacetime(recording, machine)


def _recorded(
    net: Net, settings: Settings | RcnnSettings | None, machine: BoundedMachine | None
) -> Recording:
    from runtime.recording import record
    from runtime.settings import Settings

    if settings is not None and not isinstance(settings, Settings):
        raise SourceError("the settings of a net's run are Settings")
    return record(net, settings or Settings(), machine)
