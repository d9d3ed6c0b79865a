"""`sgdcc inspect SOURCE|NET`."""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from circuits.machines.options import MachineOptions
from runtime.commands.options import (
    EXPONENT,
    FORMAT,
    JSON,
    PRESET,
    SOURCE_OR_NET,
    file_option,
    machine_options,
    progress,
    refuse_to_overwrite,
)
from runtime.commands.rcnn import RcnnOptions, filter_in, rcnn_options, refuse_rcnn_options
from runtime.commands.reading import compiled_of, read_with, refuse_given
from runtime.commands.run_options import RunOptions, run_options
from runtime.commands.views import say_written, write_views

if TYPE_CHECKING:
    from compiler.rcnn.filter import Filter
    from runtime.compiled import Compiled


@click.command("inspect", short_help="Look at a net: all of it, one vertex, a figure, a page.")
@SOURCE_OR_NET
@click.option(
    "--vertex",
    metavar="ID|NAME",
    help="Look at a vertex: the name of a gate, latch or port in the source, or its number (#12, "
    "where the source has numbers for names).",
)
@click.option(
    "--certificate",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Check this certificate of the net too; exit code 1 if it is refused.",
)
@file_option("--figure", help="Draw a figure instead, as .png, .svg or .pdf.")
@click.option(
    "--kind",
    metavar="NAME",
    help="Of the figure: gadget, net, components, weights, margins, flips, spacetime; of a filter "
    "layers.",
)
@file_option(
    "--html", help="Write one HTML page instead, in which to explore the net and a run of it."
)
@click.option(
    "--target",
    type=click.Choice(["emulation", "noise-tolerant", "rcnn"]),
    help="What to compile a source to; see `sgdcc compile`.",
)
@run_options
@rcnn_options
@machine_options
@PRESET
@EXPONENT
@FORMAT
@JSON
def inspect_command(
    source: str,
    vertex: str | None,
    certificate: Path | None,
    figure: Path | None,
    kind: str | None,
    html: Path | None,
    target: str | None,
    run: RunOptions,
    rcnn: RcnnOptions,
    machine: MachineOptions,
    preset: str | None,
    exponent: Fraction | None,
    format_: str | None,
    as_json: bool,
) -> None:
    """Look at a net, or at what a source compiles to.

    By default everything about it on a page: vertices and edges by what they are for, all weights
    with their exact values, margins, what floating-point formats do to it, and its size against
    the bound of the theorem. With --vertex one vertex, and what can happen at it.

    --figure and --html also show a run of SGD, and take the options of one. docs/inspection.md has
    all of it.
    """
    for written in filter(None, (figure, html)):
        refuse_to_overwrite(source, written)
    if kind is not None and figure is None:
        refuse_given("a kind is that of a figure", "kind")
    net_filter = filter_in(source)
    if net_filter is not None or target == "rcnn":
        _inspect_filter(
            source, net_filter, format_, machine, rcnn, run, figure, kind, html, as_json
        )
        return
    refuse_rcnn_options()
    compiled = compiled_of(
        source, format_, preset, exponent, machine, run.steps, target=target, samples=rcnn.samples
    )
    if figure is not None or html is not None:
        write_views(compiled, run, figure, kind, html, vertex, as_json)
        return
    refuse_given("a run is shown by --figure and --html", "steps", "seed", "labels", "dtype")
    if vertex is not None:
        _show_vertex(compiled, source, vertex, as_json)
        return
    from runtime.inspect.certificate_check import checked
    from runtime.inspect.summary import summary_of

    said = None if certificate is None else checked(compiled.net, certificate)
    summary = summary_of(compiled.net, said)
    click.echo(json.dumps(summary.facts(), indent=2) if as_json else str(summary))
    if summary.certificate.valid is False:
        sys.exit(1)


def _show_vertex(compiled: Compiled, source: str, name: str, as_json: bool) -> None:
    """One vertex, or all that come from a name."""
    from runtime.inspect.names import find_vertices
    from runtime.inspect.vertex import view_vertex
    from runtime.inspect.vertex_text import found_facts, found_lines

    net = compiled.net
    found = find_vertices(net, name)
    view = None
    if len(found.vertices) == 1:
        view = view_vertex(net, found.vertices[0], Path(source).parent)
    if as_json:
        facts = found_facts(net, name, found)
        click.echo(json.dumps(facts | {"view": view and view.facts()}, indent=2))
        return
    click.echo("\n".join(found_lines(net, name, found)) if view is None else str(view))


def _inspect_filter(
    source: str,
    net: Filter | None,
    format_: str | None,
    options: MachineOptions,
    rcnn: RcnnOptions,
    run: RunOptions,
    figure: Path | None,
    kind: str | None,
    html: Path | None,
    as_json: bool,
) -> None:
    """The filter of a recurrent convolutional net, or a figure or a page of its layers."""
    from runtime.commands.rcnn import compile_filter, machine_in
    from runtime.inspect.filter_summary import filter_summary

    why = f"{source} is a filter, not a net of vertices"
    refuse_given(why, "vertex", "certificate", "preset", "exponent", "labels")
    if net is None:
        read_with(source, format_, options)
        net = compile_filter(machine_in(source, format_, options), rcnn.scale)
    else:
        refuse_given(f"{source} is a filter, with a scale of its own", "scale")
    if figure is None and html is None:
        why = "a run is shown by --figure and --html"
        refuse_given(why, "steps", "seed", "dtype", *RcnnOptions._fields[:4], "path")
        summary = filter_summary(net, source)
        click.echo(json.dumps(summary.facts(), indent=2) if as_json else str(summary))
        return
    from circuits.machines.bounded import bounded_machine
    from runtime.rcnn.settings import RcnnSettings

    machine = None if options == MachineOptions() else bounded_machine(net.machine, options)
    written: dict[str, Any] = {}
    with progress("done") as show:
        settings = RcnnSettings(
            bits=rcnn.bits,
            samples=rcnn.samples,
            scale=rcnn.scale or "integer",
            path=rcnn.path or "fast",
            layers=rcnn.layers or run.steps,
            dtype=run.dtype,
            seed=run.seed,
            fresh=rcnn.fresh,
            progress=show,
        )
        if figure is not None:
            from runtime.figures import draw_figure

            drawn = draw_figure(figure, kind, net, settings, machine=machine)
            written |= {"figure": str(drawn.path), "kind": drawn.kind, "note": drawn.note}
        if html is not None:
            from runtime.explorer.layers import write_layers
            from runtime.rcnn.record import record_layers

            recording = record_layers(net, settings, machine)
            written |= {"html": str(html), "bytes": write_layers(html, recording)}
    say_written(written, as_json)
