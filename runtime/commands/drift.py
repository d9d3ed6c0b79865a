"""`sgdcc drift`."""

from __future__ import annotations

from pathlib import Path

import click

from runtime.commands.options import output_option, progress, require_matplotlib


@click.command("drift", short_help="Show how fast floats lose the paper's own constants.")
@output_option("PICTURE", help="Draw one too, into this file.")
def drift_command(output: Path | None) -> None:
    """Show how fast floats lose the printed construction, for several exponents.

    Prints a table of the largest relative weight error after each flip of a memory bit, beside
    the predicted growth; exact arithmetic, and the exponent 1, have none.
    """
    from runtime.drift import EXPONENTS, drift
    from runtime.drift_report import draw, table
    from runtime.engines.threads import one_thread
    from runtime.settings import DTYPES

    if output is not None:
        require_matplotlib()
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
