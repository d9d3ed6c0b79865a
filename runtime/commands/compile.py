"""`sgdcc compile SOURCE -o NET`."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import click

from runtime.commands.options import (
    EXPONENT,
    FORMAT,
    PRESET,
    SOURCE,
    output_option,
    refuse_to_overwrite,
)
from runtime.commands.text import brief


@click.command("compile", short_help="Compile a circuit or learner to a net file.")
@SOURCE
@output_option("NET", required=True, help="The file to write.")
@click.option(
    "--target",
    default="emulation",
    show_default=True,
    type=click.Choice(["emulation"]),
    help="A circuit without memory becomes Lemma 1's component.",
)
@PRESET
@EXPONENT
@FORMAT
def compile_command(
    source: str,
    output: Path,
    target: str,
    preset: str,
    exponent: Fraction | None,
    format_: str | None,
) -> None:
    """Compile a circuit or learner to a net file.

    The same source gives the same bytes.
    """
    from compiler.netfile import save_net
    from compiler.pipeline import compile_net
    from runtime.sources import source_of

    del target  # one so far
    refuse_to_overwrite(source, output)
    found = source_of(source, format_)
    net = compile_net(found, preset=preset, exponent=exponent, source_name=source)
    save_net(net, output)
    click.echo(
        f"{output}: {net.vertices} vertices, {net.edges} edges, {net.levels} levels, "
        f"{len(net.memory)} memory bits, learning rate {brief(net.learning_rate)}"
    )
