"""`sgdcc export SOURCE|NET -o FILE`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from circuits.errors import SourceError
from circuits.machines.options import MachineOptions
from runtime.commands.options import (
    JSON,
    SOURCE_OR_NET,
    machine_options,
    output_option,
    refuse_to_overwrite,
)
from runtime.commands.reading import compiled_of, refuse_given
from runtime.commands.run_options import RunOptions, recorded_to, run_options


@click.command("export", short_help="Write a net for programs other than sgdcc.")
@SOURCE_OR_NET
@click.option(
    "--format",
    "format_",
    metavar="NAME",
    help="json, graphml, dot, onnx, ground-truth, aiger or safetensors; by default as the ending "
    "of FILE says: .json, .graphml, .dot or .gv, .onnx, .jsonl, .aig or .aag, .net.",
)
@click.option(
    "--step",
    type=click.IntRange(min=0),
    help="Of a run of SGD: write the weights before this step, not those as built.",
)
@run_options
@machine_options
@output_option("FILE", required=True, help="The file to write.")
@JSON
def export_command(
    source: str,
    format_: str | None,
    step: int | None,
    run: RunOptions,
    machine: MachineOptions,
    output: Path,
    as_json: bool,
) -> None:
    """Write a net, with all weights and their exact values, for other programs.

    docs/exports.md describes the formats. With --step SGD trains the net first, and takes the
    options of a run.
    """
    from compiler.export.formats import FORMATS, format_of, write_export

    refuse_to_overwrite(source, output)
    format_ = format_of(output, format_)
    found = FORMATS[format_]
    if step is None:
        refuse_given("this is for a run, of which --step says the step", "steps", "seed", "labels")
        if not found.floats:
            refuse_given(f"the numbers of {format_} have one type", "dtype")
    elif not found.of_any_step:
        raise SourceError(f"{format_} holds a net as it was built", hint="leave --step away")
    compiled = compiled_of(source, None, machine=machine, steps=run.steps)
    weights = None if step is None else recorded_to(compiled, run, step).weights(step)
    net = compiled.net
    write_export(net, output, format_, weights, dtype=run.dtype, step=step)
    if as_json:
        facts = {
            "file": str(output),
            "format": format_,
            "source": net.source,
            "vertices": net.vertices,
            "edges": net.edges,
            "bytes": output.stat().st_size,
            "step": step,
        }
        click.echo(json.dumps(facts, indent=2))
        return
    before = "" if step is None else f", before step {step}"
    click.echo(f"{output}: {net.vertices} nodes, {net.edges} edges{before}")
