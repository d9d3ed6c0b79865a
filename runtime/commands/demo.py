"""`sgdcc demo`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from circuits.errors import SourceError
from runtime.commands.options import SEED, output_option, progress


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
    if find_spec("matplotlib") is None:
        raise SourceError("the picture needs matplotlib", hint="pip install matplotlib")
    from runtime.demo import run_demo

    with progress("sample") as show:
        result = run_demo(bits, seed, show)
    click.echo(str(result))
    click.echo(f"picture: {result.draw(output)}")
