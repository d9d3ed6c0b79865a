"""Summaries as lines of text, within 100 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from runtime.inspect.quantity import text

if TYPE_CHECKING:
    from runtime.inspect.bounds import Bound
    from runtime.inspect.summary import Certificate, Summary
    from runtime.inspect.weights import Weight

_WIDTH = 100
_NAMES = 18
"""Columns of the names on the left."""

_MANY = 10**15
"""Larger numbers are shown rounded."""

MOST_WEIGHTS = 40
"""Distinct weights that are listed in text."""


def summary_lines(summary: Summary) -> Iterator[str]:
    """A page about a net."""
    s = summary
    yield f"{s.source}: {s.target} net, {s.preset} preset"
    size = f"{s.vertices} vertices, {s.edges} edges, {s.levels} levels"
    yield from row("size", f"{size}; at most {s.widest_level} vertices in a level, {s.fan_in} "
                   f"edges into a vertex, {s.fan_out} out of one")  # fmt: skip
    if s.quotient:
        yield from row("quotient", f"stands for a net of {number(s.copies)} vertices")
    random = f" ({s.random_inputs} random)" if s.random_inputs else ""
    yield from row("ports", f"{s.inputs} inputs{random}, {s.outputs} outputs")
    if s.samples:
        memory = f"{s.cells} cells for {s.samples} samples; bears noise of {s.noise:.3g}"
        yield from row("memory", memory + " on an edge")
    elif s.bound.units is not None:
        yield from row("memory", f"m = {s.bound.memory_bits} bits, m' = {number(s.bound.units)} "
                       "units that flip in a wrong step")  # fmt: skip
    yield from row("vertices by role", counts(s.vertices_by_role))
    yield from row("edges by class", counts(s.edges_by_role))
    yield from row("trained by SGD", f"{s.trainable_edges} edges, the others never change")
    yield from row("learning rate", f"{s.learning_rate} = 2^{s.learning_rate_log2:.6g}")
    yield from row("activation", counts(s.activation))
    yield from _bound_lines(s.bound)
    yield from _certificate_lines(s.certificate)
    yield ""
    yield from _weight_lines(s.weights)
    yield ""
    margins = [
        (
            one.role.name.lower().replace("_", " "),
            one.piece,
            text(one.margin),
            str(one.vertices),
            str(one.example),
        )
        for one in s.margins
    ]
    head = ("sums at", "on f's flat", "least margin", "vertices", "for instance")
    yield from columns([head, *margins], right=(3, 4))
    yield ""
    said = [(v.dtype, v.verdict, v.why) for v in s.dtypes]
    yield from columns([("dtype", "a run is", "why"), *said])


def row(name: str, value: str) -> Iterator[str]:
    """A name and what it is, wrapped."""
    lines = wrap(value, _WIDTH - _NAMES, break_long_words=False, break_on_hyphens=False) or ["-"]
    yield f"{name:<{_NAMES}}{lines[0]}"
    yield from (" " * _NAMES + line for line in lines[1:])


def columns(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> Iterator[str]:
    """Aligned columns; those in ``right`` to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for cells in rows:
        padded = [
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        yield "  ".join(padded).rstrip()


def counts(values: Mapping[str, object]) -> str:
    """Names with what they have."""
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in values.items()) or "-"


def number(value: int) -> str:
    """A count, rounded if it is astronomical."""
    return str(value) if value < _MANY else f"{float(value):.3g}"


def _bound_lines(bound: Bound) -> Iterator[str]:
    within = "within" if bound.holds else "more than"
    about = f"b = {bound.gates} gates"
    if bound.units is not None:
        about += f", m = {bound.memory_bits}, m' = {number(bound.units)}"
    elif bound.memory_bits:
        about += f", {bound.memory_bits} cells"
    yield from row(
        "bound",
        f"{within} that of {bound.theorem} for {about}: {number(bound.vertices)} of "
        f"{number(bound.most_vertices)} vertices, {number(bound.edges)} of "
        f"{number(bound.most_edges)} edges",
    )


def _certificate_lines(certificate: Certificate) -> Iterator[str]:
    if certificate.valid is not None:
        said = f"{certificate.checked}: {certificate.says}"
    elif certificate.can_be_issued:
        said = "none given; `sgdcc compile --certificate` writes one"
    else:
        said = f"there can be none, since {certificate.why}"
    first, *rest = said.splitlines()
    yield from row("certificate", first)
    for line in rest:
        yield from row("", line)


def _weight_lines(weights: Sequence[Weight]) -> Iterator[str]:
    shown = weights
    if len(weights) > MOST_WEIGHTS:
        most = sorted(weights, key=lambda weight: -weight.edges)[:MOST_WEIGHTS]
        shown = [weight for weight in weights if weight in most]
    rows = [
        (
            weight.exact,
            "-" if weight.value is None else f"{weight.value:.9g}",
            str(weight.edges),
            counts(weight.by_role),
        )
        for weight in shown
    ]
    head = (f"{len(weights)} weights", "value", "edges", "by class")
    yield from columns([head, *rows], right=(2,))
    if len(shown) < len(weights):
        yield f"and {len(weights) - len(shown)} that fewer edges have (--json lists them)"
