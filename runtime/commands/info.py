"""`sgdcc info SOURCE|NET`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from circuits.machines.options import MachineOptions
from runtime.commands.options import FORMAT, JSON, SOURCE_OR_NET, machine_options
from runtime.commands.rcnn import filter_facts, filter_in
from runtime.commands.reading import read_with
from runtime.commands.text import brief, table, weight_list

if TYPE_CHECKING:
    from circuits.circuit import Circuit
    from circuits.learner import Learner
    from compiler.net import Net


@click.command("info", short_help="Say what a source or net consists of.")
@SOURCE_OR_NET
@machine_options
@FORMAT
@JSON
def info_command(source: str, machine: MachineOptions, format_: str | None, as_json: bool) -> None:
    """Say what a source or net consists of.

    Of a net, m prime is how many memory units let their signal through in each step; in a
    quotient one unit may stand for many. --json gives every constant in its exact form. A machine
    is run too, to its halt if that is not far.
    """
    from circuits.circuit import Circuit
    from circuits.machines.machine import Machine
    from compiler.exact import Exact
    from compiler.net import Net
    from runtime.commands.machines import fact_lines, machine_facts

    net_filter = filter_in(source)
    if net_filter is not None:
        facts = filter_facts(source, net_filter)
        click.echo(json.dumps(facts, indent=2) if as_json else "\n".join(table(facts)))
        return
    found = read_with(source, format_, machine)
    if isinstance(found, Net):
        facts = _net_facts(found)
        shown = facts | {
            "distinct_weights": weight_list(found.values),
            "activation": {name: brief(value) for name, value in found.activation.items()},
            "learning_rate": brief(found.learning_rate),
        }
        if "m_prime" in facts:
            shown["m_prime"] = brief(Exact.of(found.units_per_step))
    elif isinstance(found, Circuit):
        facts = shown = {"source": source, "kind": "circuit", **_circuit_facts(found)}
    elif isinstance(found, Machine):
        facts = shown = machine_facts(source, found, machine, format_)
    else:
        facts = shown = _learner_facts(source, found)
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    for line in fact_lines(facts) if isinstance(found, Machine) else table(shown):
        click.echo(line)


def _circuit_facts(circuit: Circuit) -> dict[str, Any]:
    from collections import Counter

    kinds = Counter(gate.op.name.lower() for gate in circuit.gates())
    return {
        "name": circuit.name,
        "inputs": len(circuit.input_names),
        "latches": len(circuit.latches),
        "outputs": len(circuit.outputs),
        "gates": circuit.gate_count,
        "gates_by_kind": dict(sorted(kinds.items())),
    }


def _learner_facts(source: str, learner: Learner) -> dict[str, Any]:
    from circuits.learner_to_update_on_error import learner_to_update_on_error

    form = learner_to_update_on_error(learner)
    return {
        "source": source,
        "kind": "learner",
        "algorithm": learner.name,
        "sample_bits": len(learner.sample_names),
        "memory_bits": len(learner.memory_names),
        "random_bits": len(form.random_inputs),
        "stops": learner.done is not None,
        "gates": form.circuit.gate_count,
    }


def _noise_facts(net: Net) -> dict[str, Any]:
    if not net.samples:
        return {}
    return {
        "samples": net.samples,
        "cells": len(net.cells),
        "guaranteed_noise": net.noise.to_float(),
    }


def _machine_facts(net: Net) -> dict[str, Any]:
    if net.machine is None:
        return {}
    field = net.machine.field
    return {"machine": net.machine.machine.name, "cells": [field.width, field.height]}


def _net_facts(net: Net) -> dict[str, Any]:
    from collections import Counter

    from compiler.net import EdgeRole, Role, Target
    from compiler.passes.merge_symmetric import class_count

    roles = Counter(net.role.tolist())
    edge_roles = Counter(net.edge_role.tolist())
    emulation = net.target is Target.EMULATION
    return {
        "source": net.source,
        "kind": "net",
        "target": net.target.value,
        "preset": net.preset,
        "vertices": net.vertices,
        "edges": net.edges,
        "levels": net.levels,
        "inputs": len(net.inputs),
        "random_inputs": len(net.random_inputs),
        "outputs": len(net.outputs),
        "memory_bits": len(net.memory),
        **_noise_facts(net),
        **_machine_facts(net),
        "exponent": str(net.activation.exponent),
        "m_prime": str(net.units_per_step) if emulation else None,
        "units_built": net.units_built,
        "classes": class_count(net),
        "quotient": net.is_quotient,
        "vertices_by_role": {Role(r).name.lower(): n for r, n in sorted(roles.items())},
        "edges_by_role": {EdgeRole(r).name.lower(): n for r, n in sorted(edge_roles.items())},
        "distinct_weights": [net.show(value) for value in net.values],
        "activation": {name: str(value) for name, value in net.activation.items()},
        "learning_rate": net.show(net.learning_rate),
        "circuit": _circuit_facts(net.circuit),
    }
