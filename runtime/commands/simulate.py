"""`sgdcc simulate SOURCE|NET`: the reference semantics alone, no net and no torch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from runtime.commands.options import FORMAT, JSON, LABELS, SEED, SOURCE_OR_NET, labels_for

if TYPE_CHECKING:
    from circuits.circuit import Circuit
    from circuits.update_on_error import UpdateOnError
    from compiler.net import Net
    from runtime.labels import Labels
    from runtime.sources import Source


@click.command("simulate", short_help="Run a source on random inputs, without a net.")
@SOURCE_OR_NET
@click.option(
    "--steps", default=10, show_default=True, type=click.IntRange(min=0), help="How many inputs."
)
@SEED
@LABELS
@click.option("--clocked", is_flag=True, help="Load the latches in every step, without labels.")
@FORMAT
@JSON
def simulate_command(
    source: str,
    steps: int,
    seed: int,
    labels: str,
    clocked: bool,
    format_: str | None,
    as_json: bool,
) -> None:
    """Run a source on random inputs by its reference interpreter.

    A circuit with latches, or a learner, changes its memory only in steps whose prediction (the
    first output) is not the label, as its net does; --clocked runs it like hardware instead.
    """
    from circuits.circuit import Circuit
    from circuits.errors import SourceError
    from circuits.learner import Learner
    from runtime.sources import read_source

    found = read_source(source, format_)
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


def _form(source: Source | Net) -> UpdateOnError:
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
