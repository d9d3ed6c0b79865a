"""Negative controls: break one hypothesis, and the verification must fail.

batch-size
    SGD averages the gradients of two samples a step.
flip-weight
    One weight of V5 is negated, of a gate that is on in the first grid.
halting-place
    The filter is that of a machine which leaves its answer one cell to the right.
layers
    There are half as many layers as the machine needs.
learning-rate
    SGD runs with 3/2 of the learning rate.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from circuits.errors import SourceError
from circuits.machines.machine import Machine, Move
from compiler.rcnn.filter import Filter
from compiler.rcnn.grids import Grid
from compiler.rcnn.rationals import Rationals


def with_flipped_weight(net: Filter, grid: Grid, seed: int) -> Filter:
    """The filter with one weight of V5 negated, of a gate that is on somewhere in a grid."""
    height, width = grid.shape
    bordered = np.pad(grid, 1, constant_values=net.coding.number[None])
    shifts = [bordered[r : r + height, c : c + width] for r in range(3) for c in range(3)]
    patches = np.unique(np.stack(shifts, -1).reshape(-1, 9), axis=0)
    values = Rationals.of(net.coding.values)
    hidden = Rationals(values.numerators[patches], values.denominator)
    for number, layer in enumerate(net.patch.maps[:4]):
        hidden = layer(hidden)
        if number in net.patch.relus:
            hidden = hidden.masked(hidden.numerators > 0)
    last = net.patch.maps[4]
    counted = np.flatnonzero(hidden.numerators[:, last.column].any(axis=0))
    weight = last.weight.copy()
    weight[np.random.default_rng([seed, 2]).choice(counted)] *= -1
    maps = (*net.patch.maps[:4], replace(last, weight=weight))
    return replace(net, patch=replace(net.patch, maps=maps))


def halts_beside(machine: Machine) -> Machine:
    """The machine, but what it would write as it halts is written one cell to the right.

    Raises:
        SourceError: it has no entry that leads to a halting state.
    """
    names, symbols = machine.states, machine.symbols
    rules = {}
    for rule in machine.rules():
        key, write = (names[rule.state], symbols[rule.symbol]), symbols[rule.write]
        rules[key] = write, rule.move, names[rule.following]
        if rule.following in machine.halting:
            beside = f"beside.{rule.write}"
            rules[key] = symbols[machine.blank], Move.RIGHT, beside
            for symbol in symbols:
                rules[beside, symbol] = write, rule.move, names[rule.following]
    if len(rules) == len(machine):
        raise SourceError(f"{machine.name or 'the machine'} has no halting state to enter")
    return Machine.of_rules(
        rules,
        start=names[machine.start],
        blank=symbols[machine.blank],
        symbols=symbols,
        planar=True,
        name=machine.name,
    )
