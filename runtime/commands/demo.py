"""`sgdcc demo`."""

from __future__ import annotations

from pathlib import Path

import click

from runtime.commands.options import SEED, progress


@click.command("demo")
@click.option("--bits", default=16, show_default=True, type=click.IntRange(2, 32))
@SEED
@click.option(
    "-o",
    "--output",
    default=Path("demo.png"),
    show_default=True,
    type=click.Path(path_type=Path),
    help="The picture.",
)
def demo_command(bits: int, seed: int, output: Path) -> None:
    """Learn a hidden parity: a compiled net and a random ReLU net, same SGD, same samples."""
    from runtime.demo import run_demo

    with progress("sample") as show:
        result = run_demo(bits, seed, show)
    click.echo(str(result))
    click.echo(f"picture: {result.draw(output)}")
