"""`sgdcc diff A B`, and `sgdcc diff NET --step S --step T`."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from circuits.machines.options import MachineOptions
from runtime.commands.options import FORMAT, JSON, machine_options
from runtime.commands.reading import compiled_of, refuse_given
from runtime.commands.run_options import RunOptions, recorded_to, run_options

if TYPE_CHECKING:
    from runtime.compiled import Compiled
    from runtime.inspect.step_difference import StepDifference


@click.command("diff", short_help="Say how two nets differ, or a net at two steps of a run.")
@click.argument("sources", nargs=-1, metavar="A B | SOURCE|NET")
@click.option(
    "--step",
    "at",
    multiple=True,
    type=click.IntRange(min=0),
    help="Of one net, twice: compare it before these two steps of a run.",
)
@click.option(
    "--target",
    type=click.Choice(["emulation", "noise-tolerant"]),
    help="What to compile sources to; see `sgdcc compile`.",
)
@run_options
@machine_options
@FORMAT
@JSON
def diff_command(
    sources: tuple[str, ...],
    at: tuple[int, ...],
    target: str | None,
    run: RunOptions,
    machine: MachineOptions,
    format_: str | None,
    as_json: bool,
) -> None:
    """Say how two nets differ: vertices, edges, weights, and where they come from.

    Vertices are matched by their names in the source, and by number where they have none. Of one
    net with --step S --step T, say what SGD changed in a run before step S and before step T.

    Exit code 0 if nothing differs, 1 if anything does.
    """
    if len(at) not in (0, 2) or len(sources) != (1 if at else 2):
        raise click.UsageError("give two nets, or one net and two steps")
    if at:
        compiled = compiled_of(sources[0], format_, None, None, machine, run.steps, target=target)
        steps = _between(compiled, run, *at)
        equal = steps.equal
        click.echo(json.dumps(steps.facts_for_json(), indent=2) if as_json else str(steps))
    else:
        from runtime.inspect.net_difference import net_difference

        refuse_given("a run is of one net", "steps", "seed", "labels", "dtype")
        first, second = (
            compiled_of(source, format_, None, None, machine, target=target).net
            for source in sources
        )
        nets = net_difference(first, second, (sources[0], sources[1]))
        equal = nets.equal
        click.echo(json.dumps(nets.facts_for_json(), indent=2) if as_json else str(nets))
    sys.exit(0 if equal else 1)


def _between(compiled: Compiled, run: RunOptions, first: int, second: int) -> StepDifference:
    """The difference between two steps of a run."""
    from runtime.inspect.step_difference import step_difference

    recording = recorded_to(compiled, run, first, second)
    found = step_difference(recording, first, second)
    if compiled.machine is None:
        return found
    from runtime.commands.machines import cell_lines

    machine, shown = compiled.machine, []
    for step in (first, second):
        decoded = recording.configuration(machine, step)
        if decoded is not None:
            state = machine.machine.states[decoded.configuration.state]
            cells = " / ".join(cell_lines(machine.machine, decoded.configuration))
            shown.append(f"before step {step}: state {state}, cells {cells}")
    return replace(found, configurations=tuple(shown))
