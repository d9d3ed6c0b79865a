"""A vertex as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from compiler.net import Net, Role
from runtime.inspect.quantity import text
from runtime.inspect.text import columns, number, row

if TYPE_CHECKING:
    from runtime.inspect.names import Found
    from runtime.inspect.vertex import VertexView, Wire

_MOST_WIRES = 24
_MOST_CASES = 24
_MOST_FOUND = 60


def vertex_lines(view: VertexView) -> Iterator[str]:
    """A page about a vertex."""
    yield f"vertex {view.vertex}: {view.name}"
    unit = f", {view.unit} unit" if view.unit not in ("none", "cell") else ""
    of = f"{view.role.replace('_', ' ')}{unit}, level {view.level}"
    yield from row("role", of + (f", stands for {number(view.copies)}" * (view.copies > 1)))
    yield from row("part of", f"{view.gadget} in {view.component}")
    if view.line:
        yield from row("source", f"{view.file}:{view.line}")
        if view.source_text:
            yield from row("", view.source_text[:200])
    yield from row("outputs", ", ".join(map(text, view.levels)))
    if view.margin is not None:
        yield from row("margin", f"{text(view.margin)}, the least on a flat piece of f")
    if view.inputs:
        yield ""
        yield from _wires("hears", view.inputs, len(view.inputs))
        yield ""
        yield from _cases(view)
    yield ""
    if view.readers:
        yield from _wires("is heard by", view.readers, view.reader_count)
    else:
        yield "nothing hears it"


def found_lines(net: Net, name: str, found: Found) -> Iterator[str]:
    """The vertices of a name, by role."""
    yield f"{name}: {found.meaning}, {len(found.vertices)} vertices"
    rows = [
        (
            str(v),
            net.vertex_name(v),
            Role(net.role[v]).name.lower().replace("_", " "),
            str(net.level[v]),
            str(net.line[v] or ""),
        )
        for v in found.vertices[:_MOST_FOUND]
    ]
    yield from columns([("vertex", "name", "role", "level", "line"), *rows], right=(0, 3, 4))
    if len(found.vertices) > _MOST_FOUND:
        yield f"and {len(found.vertices) - _MOST_FOUND} more (--json lists them)"


def found_facts(net: Net, name: str, found: Found) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "name": name,
        "meaning": found.meaning,
        "vertices": [
            {
                "vertex": v,
                "name": net.vertex_name(v),
                "role": Role(net.role[v]).name.lower(),
                "level": int(net.level[v]),
                "line": int(net.line[v]),
            }
            for v in found.vertices
        ],
    }


def _wires(head: str, wires: tuple[Wire, ...], count: int) -> Iterator[str]:
    rows = [
        (
            str(wire.other),
            wire.name,
            wire.weight,
            wire.role.replace("_", " ") + (", trained" if wire.trainable else ""),
            ", ".join(wire.levels),
        )
        for wire in wires[:_MOST_WIRES]
    ]
    into = head == "hears"
    title = ("vertex", head, "weight", "class", "outputs" if into else "")
    yield from columns([title, *rows], right=(0, 2))
    if count > _MOST_WIRES:
        yield f"and {count - _MOST_WIRES} more (--json lists them)"


def _cases(view: VertexView) -> Iterator[str]:
    cases = view.cases
    title = "sources" if cases[0].sources else "when"
    rows = [
        (
            ", ".join(map(text, case.sources)) or case.when or "-",
            text(case.sum),
            case.landing.piece,
            text(case.landing.margin),
            text(case.landing.value),
        )
        for case in cases[:_MOST_CASES]
    ]
    yield from columns([(title, "sum", "piece of f", "margin", "output"), *rows], right=(1, 3, 4))
    if len(cases) > _MOST_CASES:
        yield f"and {len(cases) - _MOST_CASES} more (--json lists them)"
    if not view.complete:
        yield "(the sums next to the ends of pieces, of more than can be listed)"
