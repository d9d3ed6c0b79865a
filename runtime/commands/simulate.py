"""`sgdcc simulate SOURCE|NET`: the reference semantics alone, no net and no torch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from circuits.machines.options import MachineOptions
from runtime.commands.options import (
    FORMAT,
    JSON,
    LABELS,
    SEED,
    SOURCE_OR_NET,
    file_option,
    labels_for,
    machine_options,
    refuse_to_overwrite,
)
from runtime.commands.reading import read_with, refuse_given

_STEPS = 10
"""Inputs by default."""

if TYPE_CHECKING:
    from circuits.circuit import Circuit
    from circuits.learner import Learner
    from circuits.machines.machine import Machine
    from circuits.update_on_error import UpdateOnError
    from compiler.net import Net
    from runtime.labels import Labels


@click.command("simulate", short_help="Run a source on random inputs, without a net.")
@SOURCE_OR_NET
@click.option(
    "--steps",
    type=click.IntRange(min=0),
    help=f"How many inputs, {_STEPS} by default; of a machine steps, by default to its halt.",
)
@SEED
@LABELS
@click.option("--clocked", is_flag=True, help="Load the latches in every step, without labels.")
@click.option("--diagram", is_flag=True, help="Of a machine: show every step.")
@file_option("--figure", help="Of a machine: draw the run, as .png, .svg or .pdf.")
@machine_options
@FORMAT
@JSON
def simulate_command(
    source: str,
    steps: int | None,
    seed: int,
    labels: str | None,
    clocked: bool,
    diagram: bool,
    figure: Path | None,
    machine: MachineOptions,
    format_: str | None,
    as_json: bool,
) -> None:
    """Run a source on random inputs by its reference interpreter, or a machine by its table.

    A circuit with latches, or a learner, changes its memory only in steps whose prediction (the
    first output) is not the label, as its net does; --clocked runs it like hardware instead.
    """
    from circuits.circuit import Circuit
    from circuits.errors import SourceError
    from circuits.learner import Learner
    from circuits.machines.machine import Machine

    found = read_with(source, format_, machine, "diagram", "figure")
    if isinstance(found, Machine):
        refuse_given(f"{source} is a machine, it has no labels", "labels", "clocked", "seed")
        _simulate_machine(source, found, machine, steps, diagram, figure, as_json)
        return
    steps = _STEPS if steps is None else steps
    circuit = found if isinstance(found, Circuit | Learner) else found.circuit
    if isinstance(circuit, Circuit) and (clocked or not circuit.latches):
        rows = _clocked(circuit, steps, seed)
    elif clocked:
        raise SourceError(f"{source} is a learner; it learns from labels, not from a clock")
    else:
        form = _form(found)
        rows = _on_error(form, steps, seed, labels_for(labels, seed, len(form.sample_inputs)))
    if as_json:
        click.echo(json.dumps({"source": source, "seed": seed, "steps": list(rows)}, indent=2))
        return
    click.echo(f"{source}, seed {seed}")
    for row in rows:
        click.echo("  ".join(f"{name} {value}" for name, value in row.items()))


def _simulate_machine(
    source: str,
    machine: Machine,
    options: MachineOptions,
    steps: int | None,
    diagram: bool,
    figure: Path | None,
    as_json: bool,
) -> None:
    from circuits.machines.diagram import text_diagram
    from circuits.machines.picture import draw
    from runtime.commands.machines import cell_lines, run_facts, run_lines, simulate

    if figure is not None:
        refuse_to_overwrite(source, figure)
    start, field, ran = simulate(machine, options, steps)
    if figure is not None:
        draw(machine, start, ran.steps, figure, field)
    if as_json:
        click.echo(json.dumps({"source": source, **run_facts(machine, ran)}, indent=2))
        return
    if diagram:
        shown, _, _ = text_diagram(machine, start, ran.steps, field).rpartition("\n")
    else:
        shown = "\n".join(cell_lines(machine, ran.configuration))
    first, *rest = run_lines(machine, ran)
    for line in (f"{source}: {first}", *rest, shown):
        click.echo(line)
    if figure is not None:
        click.echo(f"picture: {figure}")


def _form(source: Circuit | Learner | Net) -> UpdateOnError:
    """What the net of something with memory runs."""
    from circuits.circuit import Circuit
    from circuits.learner import Learner
    from circuits.learner_to_update_on_error import learner_to_update_on_error
    from circuits.update_on_error import UpdateOnError

    if isinstance(source, Learner):
        return learner_to_update_on_error(source)
    if isinstance(source, Circuit):
        return UpdateOnError(source)
    return UpdateOnError(source.circuit, source.random_inputs)


def _clocked(circuit: Circuit, steps: int, seed: int) -> Iterator[dict[str, Any]]:
    import numpy as np

    from circuits.evaluate import Evaluator

    rng, evaluator = np.random.default_rng([seed, 0]), Evaluator.of(circuit)
    state = circuit.reset_state
    for step in range(steps):
        inputs = rng.integers(0, 2, len(circuit.input_names)).tolist()
        result = evaluator.step(inputs, state)
        row = {"step": step, "inputs": _bits(inputs), "outputs": _bits(result.outputs)}
        state = result.next_state
        yield row | ({"memory": _bits(state)} if state else {})


def _on_error(
    form: UpdateOnError, steps: int, seed: int, label_of: Labels
) -> Iterator[dict[str, Any]]:
    import numpy as np

    from circuits.update_on_error import predict

    rng, state = np.random.default_rng([seed, 0]), form.circuit.reset_state
    for step in range(steps):
        inputs = rng.integers(0, 2, len(form.circuit.input_names)).tolist()
        prediction, when_wrong = predict(form, state, inputs)
        label = label_of(step, [inputs[i] for i in form.sample_inputs], prediction)
        state = state if label == prediction else when_wrong
        yield {
            "step": step,
            "inputs": _bits(inputs),
            "label": label,
            "prediction": prediction,
            "memory": _bits(state),
        }


def _bits(values: Any) -> str:
    return "".join(map(str, values))
