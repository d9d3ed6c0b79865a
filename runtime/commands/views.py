"""Figures and pages that `sgdcc inspect` writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runtime.commands.options import progress
from runtime.commands.run_options import RunOptions, settings_of

if TYPE_CHECKING:
    from runtime.compiled import Compiled


def write_views(
    compiled: Compiled,
    run: RunOptions,
    figure: Path | None,
    kind: str | None,
    html: Path | None,
    vertex: str | None,
    as_json: bool,
) -> None:
    """Draw the figure, write the page, or both."""
    from compiler.net import Target

    written: dict[str, Any] = {}
    with progress("SGD step") as show:
        settings = settings_of(compiled, run, show)
        if figure is not None:
            from runtime.figures import draw_figure

            drawn = draw_figure(
                figure, kind, compiled.net, settings, vertex=vertex, machine=compiled.machine
            )
            written |= {"figure": str(drawn.path), "kind": drawn.kind, "note": drawn.note}
        if html is not None:
            from runtime.explorer import write_explorer

            recording = None
            if compiled.net.target is not Target.COMPONENT:
                from runtime.recording import record

                recording = record(compiled.net, settings, compiled.machine)
            size = write_explorer(html, compiled.net, recording, compiled.machine)
            written |= {"html": str(html), "bytes": size}
    say_written(written, as_json)


def say_written(written: dict[str, Any], as_json: bool) -> None:
    """Which files were written."""
    if as_json:
        click.echo(json.dumps(written, indent=2))
        return
    if "figure" in written:
        note = f" ({written['note']})" if written["note"] else ""
        click.echo(f"{written['figure']}: {written['kind']}{note}")
    if "html" in written:
        click.echo(f"{written['html']}: {written['bytes']} bytes")
