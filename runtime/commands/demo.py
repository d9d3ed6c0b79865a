"""`sgdcc demo`."""

from __future__ import annotations

from pathlib import Path

import click

from runtime.commands.options import SEED, output_option, progress, require_matplotlib


@click.command("demo", short_help="Watch SGD on a compiled net learn a hidden parity.")
@click.option(
    "--bits", default=16, show_default=True, type=click.IntRange(2, 32), help="Of a sample."
)
@SEED
@output_option("PICTURE", default=Path("demo.png"), show_default=True, help="The file to write.")
def demo_command(bits: int, seed: int, output: Path) -> None:
    """Watch SGD on a compiled net learn a hidden parity.

    A randomly initialised ReLU net is trained beside it, by the same SGD on the same samples, one
    a step. Prints a table and draws a picture.
    """
    from runtime.demo import run_demo

    require_matplotlib()

    with progress("sample") as show:
        result = run_demo(bits, seed, show)
    click.echo(str(result))
    click.echo(f"picture: {result.draw(output)}")
