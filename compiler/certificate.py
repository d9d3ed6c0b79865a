"""Write the certificate of a net: what it computes, and the constants that show it.

A certificate states a threshold circuit, the constants of a memory unit, and the levels and
margins of each kind of vertex; ``docs/certificate.md`` says what follows from it. The circuit is
the control circuit as it was before it became vertices (`compiler.passes.lower_to_threshold`), so
that a checker which finds each gate equal to its vertex has validated the passes after that.

A gate of the lowered circuit has weights w_i above 0 on literals. The certificate's gates have
integer weights c_i on nodes: a complemented literal contributes w (1 - x), that is -w on its node
and w less for the bound. A vertex that carries the complement of its gate is stated as that:
not (sum of c_i x_i >= t) is sum of -c_i x_i >= 1 - t.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, TypeAlias

import numpy as np

from circuits.circuit import Circuit, Gate, Op
from circuits.errors import InvariantError
from compiler.exact import FLOAT_FORMATS, ONE, Exact
from compiler.net import EdgeRole, Net, Role, Target
from compiler.netfile import DIGEST

FORMAT = "sgdcc-certificate"
VERSION = 1

MODEL = {
    "optimizer": "SGD, one sample a step",
    "loss": "(output - label)^2, label 1 or -1",
    "summation": "any order, fused multiply-adds or not",
}
"""How a certified net is trained."""

_Threshold: TypeAlias = tuple[dict[int, int], int]
"""Integer weights by node, none 0, and the bound."""

_LARGEST_SUM = 2**20
"""Of the magnitudes of all weights into one gate: far from the 2^24 halves that float32 adds."""


def certificate_of(net: Net, lowered: Circuit, data: bytes, file: str) -> dict[str, Any]:
    """The certificate of a net.

    Args:
        net: as compiled.
        lowered: the circuit after `lower_to_threshold`, of which the net was made.
        data: the net file.
        file: its name, for whoever looks for it.
    """
    from safetensors.numpy import load

    emulation = net.target is Target.EMULATION
    stated = {
        "format": FORMAT,
        "version": VERSION,
        "compiler": version("sgdcc"),
        "net": {"file": file, "sha256": load(data)[DIGEST].tobytes().hex()},
        "target": net.target.value,
        "model": MODEL,
        "arithmetic": _arithmetic(net),
        "learning_rate": str(net.learning_rate),
        "activation": {name: str(value) for name, value in net.activation.items()},
        "levels": _levels(net),
        "margins": _margins(net),
    }
    if emulation:
        stated["unit"] = _unit(net)
    return stated | {"circuit": (_control if emulation else _component)(net, lowered)}


def dump_certificate(stated: dict[str, Any]) -> bytes:
    """The bytes of a certificate: JSON, a line for each entry."""
    lines = [f"{json.dumps(name)}: {_compact(value)}" for name, value in stated.items()]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _unit(net: Net) -> dict[str, Any]:
    """The constants of a memory unit, as any one of them has them."""
    length = int(net.path_index[net.outputs[0].vertex])
    weights: dict[int, Exact] = {}
    for edge in np.flatnonzero(net.trainable).tolist():
        t = int(net.path_index[net.edge_target[edge]])
        weights.setdefault(t, abs(net.values[net.edge_value[edge]]))
        if len(weights) == length:
            break
    control = int(np.flatnonzero(net.edge_role == EdgeRole.CONTROL)[0])
    return {
        "source": str(net.activation.plateau if (net.role == Role.SOURCE).any() else ONE),
        "weights": [str(weight) for _, weight in sorted(weights.items())],
        "control": str(net.values[net.edge_value[control]]),
        "units": str(net.units_per_step),
        "contribution": str(ONE / net.units_per_step),
    }


def _levels(net: Net) -> dict[str, list[str]]:
    top = net.activation.plateau
    both = [str(-top), str(top)]
    found = {"input": ["-1", "1"], "gate": both}
    if net.target is Target.EMULATION:
        found |= {"read": both, "control": ["0", str(top)]}
    return found


def _margins(net: Net) -> dict[str, str]:
    """How far sums stay from the ends of their flat pieces.

    Gates, readers and v0 get +-2 or more beyond it (`compiler.component`), where the plateau begins
    at 3/2; control vertices get 0, 2 or 4; where a control cancels a signal the sum is 0.
    """
    plateau, dead = net.activation.plateau - net.activation.plateau_from, net.activation.dead_zone
    found = {"gate": plateau} if (net.role == Role.GATE).any() else {}
    if net.target is Target.COMPONENT:
        return {name: str(margin) for name, margin in ({"gate": plateau}).items()}
    if (net.role == Role.SOURCE).any():
        found["source"] = plateau
    if net.memory:
        found["read"] = plateau
    found |= {"control": min(dead, plateau), "silent": dead}
    return {name: str(margin) for name, margin in found.items()}


def _arithmetic(net: Net) -> list[str]:
    """``exact``, and the formats in which a dyadic net makes no rounding error."""
    if net.activation.exponent != ONE:
        return ["exact"]
    found, flat = ["exact"], ~net.trainable
    size = np.bincount(net.edge_target[flat], np.abs(net.weights())[flat], net.vertices)
    for name, (bits, _, _) in FLOAT_FORMATS.items():
        units = max([net.units_per_step, *net.copies.values(), *net.fan_in_copies.values()])
        if units <= 2**bits and size.max(initial=0) <= _LARGEST_SUM:
            found.append(name)
    return found


def _control(net: Net, lowered: Circuit) -> dict[str, Any]:
    """The circuit of an emulation net: a prediction, and for each bit whether it flips."""
    bits = len(net.memory)
    inputs = len(lowered.input_names) - bits
    gates = [_threshold(gate) for gate in lowered.gates()]
    read_level = int(net.level[net.role == Role.READ].max(initial=0))
    node_of, rows = _numbered(gates, [0] * (1 + inputs) + [read_level] * bits)
    prediction, *flips = (_literal(o.literal, node_of) for o in lowered.outputs)
    latches = net.circuit.latches
    return {
        **_ports(net),
        "bits": [[bit.name, x.reset or 0] for bit, x in zip(net.memory, latches, strict=True)],
        "outputs": [[net.outputs[0].name, prediction]],
        "flips": flips,
        **rows,
    }


def _component(net: Net, lowered: Circuit) -> dict[str, Any]:
    """The circuit of a component: its outputs are vertices, so complements are gates."""
    literals = [o.literal for o in lowered.outputs]
    complemented = {x >> 1 for x in literals if x & 1 and x ^ 1 not in literals}
    gates = []
    for gate in lowered.gates():
        weights, bound = _threshold(gate)
        if gate.node in complemented:
            weights, bound = {node: -w for node, w in weights.items()}, 1 - bound
        for node in weights.keys() & complemented:
            if node >= lowered.first_gate:  # that vertex carries 1 - x
                bound -= weights[node]
                weights[node] *= -1
        gates.append((weights, bound))
    outputs = []
    for literal in literals:
        node = literal >> 1
        if node >= lowered.first_gate and (node in complemented) == bool(literal & 1):
            outputs.append(node)
            continue
        sign = -1 if (literal & 1) ^ (node >= lowered.first_gate and node in complemented) else 1
        weights = {node: sign} if node else {}
        gates.append((weights, (1 if sign > 0 else 0) if node else 1 - literal))
        outputs.append(lowered.first_gate + len(gates) - 1)
    node_of, rows = _numbered(gates, [0] * lowered.first_gate)
    named = zip(net.outputs, outputs, strict=True)
    return {
        **_ports(net),
        "bits": [],
        "outputs": [[port.name, 2 * node_of[node]] for port, node in named],
        "flips": [],
        **rows,
    }


def _ports(net: Net) -> dict[str, Any]:
    return {
        "inputs": [port.name for port in net.inputs],
        "random": list(net.random_inputs),
    }


def _threshold(gate: Gate) -> _Threshold:
    """A gate in terms of nodes, see the module."""
    if gate.op not in (Op.AND, Op.THRESHOLD):
        raise InvariantError(f"gate %{gate.node} is {gate.op.name}, which no vertex computes")
    weights: dict[int, int] = {}
    bound = len(gate.operands) if gate.op is Op.AND else gate.bound
    for literal, weight in zip(gate.operands, gate.weights, strict=True):
        signed = -weight if literal & 1 else weight
        weights[literal >> 1] = weights.get(literal >> 1, 0) + signed
        bound -= weight if literal & 1 else 0
    return {node: w for node, w in weights.items() if w}, bound


def _numbered(gates: list[_Threshold], levels: list[int]) -> tuple[list[int], dict[str, Any]]:
    """The gates in the order of their vertices: by level, and then as they were made.

    Args:
        gates: in topological order.
        levels: of the nodes before the gates.

    Returns:
        New node by old node, and the certificate's entries ``types`` and ``gates``.
    """
    first, levels = len(levels), list(levels)
    for weights, _ in gates:
        levels.append(1 + max((levels[node] for node in weights), default=0))
    order = sorted(range(first, len(levels)), key=levels.__getitem__)
    node_of = list(range(len(levels)))
    for new, old in enumerate(order, first):
        node_of[old] = new
    types: dict[tuple[tuple[int, ...], int], int] = {}
    rows = []
    for old in order:
        weights, bound = gates[old - first]
        read = _by_vertex(weights, node_of, first, levels)
        kind = (tuple(weights[node] for node in read), bound)
        rows.append([types.setdefault(kind, len(types)), *(node_of[node] for node in read)])
    return node_of, {"types": [[list(w), bound] for w, bound in types], "gates": rows}


def _by_vertex(
    weights: dict[int, int], node_of: Sequence[int], first: int, levels: Sequence[int]
) -> list[int]:
    """A gate's sources in the order of their vertices."""
    return sorted(weights, key=lambda node: (levels[node], node >= first, node_of[node]))


def _literal(literal: int, node_of: Sequence[int]) -> int:
    return 2 * node_of[literal >> 1] + (literal & 1)
