"""What makes arrays a circuit; `circuits.circuit.Circuit` checks it at birth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuits.errors import InvariantError
from circuits.nodes import GATES, Op

if TYPE_CHECKING:
    from circuits.circuit import Circuit


def check_circuit(circuit: Circuit) -> None:
    """Refuse arrays that are not a circuit."""
    c = circuit
    nodes, first = len(c.ops), c.first_gate
    arity = np.diff(c.starts)
    # What the other checks index by comes first.
    if nodes < first:
        raise InvariantError("not a circuit: a port has no node")
    if (
        len(c.starts) != nodes + 1
        or c.starts[0] != 0
        or c.starts[-1] != len(c.operands)
        or bool((arity < 0).any())
    ):
        raise InvariantError("not a circuit: starts do not delimit the operands")
    reader = np.repeat(np.arange(nodes), arity)
    gates = c.ops[first:]
    literals = [latch.next for latch in c.latches] + [output.literal for output in c.outputs]
    problems = {
        "node 0 is not the constant": c.ops[0] != Op.CONSTANT,
        "inputs do not come first": not (c.ops[1 : 1 + len(c.input_names)] == Op.INPUT).all(),
        "latches do not follow the inputs": not (c.ops[c.latch_nodes] == Op.LATCH).all(),
        "a port stands among the gates": not np.isin(gates, GATES).all(),
        "weights and operands differ in number": len(c.weights) != len(c.operands),
        "a bound or line is missing": len(c.bounds) != nodes or len(c.lines) != nodes,
        "a port has operands": bool((arity[:first] != 0).any()),
        "a gate lacks operands": bool((arity[first:] < 2).any()),
        "a MUX has not three operands": bool((arity[c.ops == Op.MUX] != 3).any()),
        "an output or latch reads no node": any(not 0 <= x < 2 * nodes for x in literals),
        "a reset is not 0, 1 or None": any(x.reset not in (0, 1, None) for x in c.latches),
    }
    for problem, found in problems.items():
        if found:
            raise InvariantError(f"not a circuit: {problem}")
    if bool(((c.operands >> 1) >= reader).any() or (c.operands < 2).any()):
        raise InvariantError("not a circuit: a gate reads a constant or a node that is not smaller")
