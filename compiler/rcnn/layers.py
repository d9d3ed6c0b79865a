"""What a layer of the filter does to a grid, said without the filter.

While a grid computes, a layer is a step of the machine on a field with a margin. Padding is no cell
that could hold the head, so the step onto the margin and the step back are one layer. Where the
head would not come straight back, or would write out there, and where the machine has halted, a
layer changes nothing.

>>> from circuits.machines.configuration import initial
>>> from circuits.machines.machine import Machine, Move
>>> rules = {
...     ("A", "_"): ("1", Move.RIGHT, "B"),     # onto the margin ...
...     ("B", "_"): ("_", Move.LEFT, "C"),      # ... and back
...     ("C", "1"): ("1", Move.LEFT, "D"),      # onto the margin, and not back
... }
>>> machine = Machine.of_rules(rules, start="A", blank="_")
>>> run = run_layers(machine, initial(machine, [[0]]), 100, Field(1))
>>> run.layers, run.steps, run.outcome.value, machine.states[run.configuration.state]
(1, 2, 'left', 'C')
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from circuits.machines.configuration import Configuration, Field, Outcome, step
from circuits.machines.machine import Machine


class Layer(NamedTuple):
    """A configuration after a layer."""

    configuration: Configuration
    outcome: Outcome
    """If not RUNNING, nothing has changed, and nothing ever will."""
    steps: int
    """That the layer was: 0, 1 or 2."""


class Change(NamedTuple):
    """What a layer does that changes something."""

    x: int
    y: int
    """Where the head was."""
    symbol: int
    """What the cell there holds now."""
    head: tuple[int, int]
    state: int
    steps: int


class LayerRun(NamedTuple):
    """What came of some layers."""

    configuration: Configuration
    outcome: Outcome
    """Of one more layer."""
    layers: int
    """That changed something."""
    steps: int


def machine_layer(machine: Machine, configuration: Configuration, field: Field) -> Layer:
    """One layer, by the definition of a step; with a margin whether ``field`` has one or not."""
    bordered = Field(field.width, field.height, margin=True)
    after, outcome = step(machine, configuration, bordered)
    if outcome is not Outcome.RUNNING:
        return Layer(configuration, outcome, 0)
    if field.has(*after.head):
        return Layer(after, outcome, 1)
    back, outcome = step(machine, after, bordered)
    if outcome is Outcome.RUNNING and back.head == configuration.head:
        return Layer(back, outcome, 2)
    wrote = outcome is Outcome.MARGIN
    return Layer(configuration, Outcome.MARGIN if wrote else Outcome.LEFT, 0)


def changes(machine: Machine, configuration: Configuration, field: Field) -> Iterator[Change]:
    """All layers until nothing changes, a million a second; `machine_layer` defines them.

    Args:
        machine: what to run.
        configuration: its head is on the field.
        field: the cells; a margin is around them whether it has one or not.
    """
    rules = {
        (rule.state, rule.symbol): (rule.write, rule.move.dx, rule.move.dy, rule.following)
        for rule in machine.rules()
    }
    cells = symbols_on(configuration, field, machine.blank).tolist()
    (x, y), state = configuration.head, configuration.state
    width, height, blank = field.width, field.height, machine.blank
    while True:
        rule = rules.get((state, cells[y][x]))
        if rule is None:
            return
        symbol, dx, dy, following = rule
        column, row, steps = x + dx, y + dy, 1
        if not (0 <= column < width and 0 <= row < height):
            back = rules.get((following, blank))
            if back is None or back[:3] != (blank, -dx, -dy):
                return
            column, row, steps, following = x, y, 2, back[3]
        cells[y][x] = symbol
        yield Change(x, y, symbol, (column, row), following, steps)
        x, y, state = column, row, following


def run_layers(
    machine: Machine, configuration: Configuration, layers: int, field: Field
) -> LayerRun:
    """At most so many layers; arguments as those of `changes`."""
    cells = symbols_on(configuration, field, machine.blank)
    head, state, done, steps = configuration.head, configuration.state, 0, 0
    for change in islice(changes(machine, configuration, field), layers):
        cells[change.y, change.x] = change.symbol
        head, state, done, steps = change.head, change.state, done + 1, steps + change.steps
    after = Configuration(cells, head, state)
    return LayerRun(after, machine_layer(machine, after, field).outcome, done, steps)


def symbols_on(configuration: Configuration, field: Field, blank: int) -> NDArray[np.int16]:
    """The symbols of a field's cells, shape (height, width)."""
    places = [[(x, y) for x in range(field.width)] for y in range(field.height)]
    return np.array(
        [[configuration.symbol(x, y, blank) for x, y in row] for row in places], np.int16
    )
