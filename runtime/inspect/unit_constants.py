"""The constants of a memory unit, read off a net's first one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from compiler.exact import ONE, Exact
from compiler.net import EdgeRole, Net, Role


@dataclass(frozen=True, slots=True)
class UnitConstants:
    """See `compiler.emulation_constants`.

    Attributes:
        weights: w_1 .. w_l, magnitudes.
        values: what v_0 .. v_(l-1) output while the unit lets its signal through, magnitudes.
        control: the magnitude of the weight from a control vertex.
        contribution: C, what the unit brings to the output.
        gated_derivative: of the loss by what the vertex hears that a control vertex silences, in
            a step whose output is wrong; its magnitude.
    """

    weights: tuple[Exact, ...]
    values: tuple[Exact, ...]
    control: Exact
    contribution: Exact
    gated_derivative: Exact


def unit_constants(net: Net) -> UnitConstants:
    """Of an emulation net."""
    length = int(net.path_index[net.outputs[0].vertex])
    path = np.flatnonzero(net.edge_role == EdgeRole.PATH)
    place, first = np.unique(net.path_index[net.edge_target[path]], return_index=True)
    assert place.tolist() == list(range(1, length + 1))
    weights = tuple(abs(net.values[value]) for value in net.edge_value[path[first]].tolist())
    f = net.activation
    exponent = f.exponent.rational()
    assert exponent is not None
    values = [f.plateau if (net.role == Role.SOURCE).any() else ONE]
    for weight in weights[:-1]:
        values.append((values[-1] * weight) ** exponent)
    control = int(np.flatnonzero(net.edge_role == EdgeRole.CONTROL)[0])
    gated = int(net.path_index[net.edge_target[control]]) - 1
    return UnitConstants(
        weights=weights,
        values=tuple(values),
        control=abs(net.values[net.edge_value[control]]),
        contribution=values[-1] * weights[-1],
        gated_derivative=2 * weights[gated] / net.learning_rate / values[gated],
    )
