"""`sgdcc drift`."""

from __future__ import annotations

from pathlib import Path

import click

from runtime.commands.options import progress


@click.command("drift")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Draw a picture too."
)
def drift_command(output: Path | None) -> None:
    """Show how fast floats lose the printed construction, for several exponents.

    Prints a table of the largest relative weight error after each flip of a memory bit, beside
    the predicted growth; exact arithmetic, and the exponent 1, have none.
    """
    from runtime.drift import EXPONENTS, drift
    from runtime.drift_report import draw, table
    from runtime.settings import DTYPES
    from runtime.threads import one_thread

    cases = [(p, dtype) for p in EXPONENTS for dtype in DTYPES]
    runs = []
    with progress("run") as show, one_thread():
        for i, (exponent, dtype) in enumerate(cases):
            runs.append(drift(exponent, dtype))
            show(i + 1, len(cases))
    if output is not None:
        draw(runs, output)
    click.echo(table(runs))
    if output is not None:
        click.echo(f"picture: {output}")
