"""`sgdcc bench`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from circuits.errors import SourceError
from circuits.files import write_whole
from runtime.commands.options import JSON, file_option, output_option, progress, require_matplotlib

CIRCUITS = Path("../shared/circuits")


@click.command("bench", short_help="Measure engines, their bounds and their peers.")
@click.option(
    "--only", multiple=True, metavar="NAME", help="This figure alone; may be given several times."
)
@click.option("--quick", "scale", flag_value="quick", help="On few and small nets.")
@click.option("--full", "scale", flag_value="full", help="On more nets, and on larger ones.")
@click.option(
    "--circuits",
    default=CIRCUITS,
    show_default=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="With epfl/multiplier.aig and bristol/sha256.txt, which are left out where it is absent.",
)
@file_option(
    "--growth",
    metavar="PICTURE",
    help="Instead, how a step's time grows with edges and levels, drawn into this file.",
)
@output_option("FILE", help="Write the table there too.")
@JSON
def bench_command(
    only: tuple[str, ...],
    scale: str | None,
    circuits: Path,
    growth: Path | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Measure how long a step of SGD takes, beside the same by other means.

    Every figure is the ratio of two medians that were taken in turns in this run; before it is
    measured, everything is checked to compute the same weights. The ratio is that of the
    baseline's time to the time of what is measured: above 1 is faster. Takes some minutes on two
    cores, --quick half a minute, --full half an hour.
    """
    from runtime.bench.report import table
    from runtime.bench.suite import BUDGET, Scale, groups, known
    from runtime.engines.threads import one_thread

    if growth is not None:
        require_matplotlib()
        if only:
            raise SourceError("--growth measures one thing", hint="leave --only away")
    found = []
    with one_thread():
        if growth is not None:
            from runtime.bench.growth import draw, measure_growth, picture_format

            picture_format(growth)
            with progress("net") as show:
                found = measure_growth(Scale(scale or "default"), show)
            draw(found, growth)
        else:
            size = Scale(scale or "default")
            chosen = groups(size, circuits)
            names = known(only, chosen)
            with progress("group") as show:
                for number, group in enumerate(chosen):
                    found += group.run(names, BUDGET[size])
                    show(number + 1, len(chosen))
    text = table(found)
    if output is not None:
        write_whole(output, f"{text}\n".encode())
    click.echo(json.dumps([entry.to_json() for entry in found], indent=2) if as_json else text)
