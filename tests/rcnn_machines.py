"""What the tests of the third target share: machines, random grids, broken filters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from known_machines import ANT, BEAVER, BEAVER_4

from circuits.machines.configuration import Configuration, Field
from circuits.machines.machine import MISSING, Machine, Move
from compiler.rcnn.affine import AffineMap
from compiler.rcnn.filter import Filter

BORDERS = Machine.of_rules(
    {
        ("A", "_"): ("0", Move.RIGHT, "B"),
        ("A", "0"): ("1", Move.DOWN, "A"),
        ("A", "1"): ("_", Move.STAY, "C"),
        ("B", "_"): ("_", Move.LEFT, "C"),
        ("B", "0"): ("0", Move.UP, "A"),
        ("B", "1"): ("0", Move.RIGHT, "B"),
        ("C", "_"): ("0", Move.DOWN, "A"),
        ("C", "0"): ("1", Move.LEFT, "B"),
        ("C", "1"): ("1", Move.RIGHT, "D"),
        ("D", "_"): ("_", Move.LEFT, "A"),
        ("D", "0"): ("1", Move.UP, "C"),
    },
    start="A",
    blank="_",
    name="borders",
)
"""Meets borders in many ways: comes back, would write out there, would go on."""

SMALL = (BEAVER, BEAVER_4, ANT, BORDERS)


def random_machine(seed: int, states: int, symbols: int = 3, missing: float = 0.1) -> Machine:
    """A machine on a plane with random entries."""
    rng = np.random.default_rng(seed)
    shape = states, symbols
    there = rng.random(shape) >= missing
    return Machine(
        states=tuple(f"q{i}" for i in range(states)),
        symbols=tuple("abcdefghi"[:symbols]),
        start=int(rng.integers(states)),
        blank=int(rng.integers(symbols)),
        halting=frozenset(),
        write=np.where(there, rng.integers(symbols, size=shape), MISSING).astype(np.int16),
        move=np.where(there, rng.choice(list(Move), size=shape), MISSING).astype(np.int8),
        following=np.where(there, rng.integers(states, size=shape), MISSING).astype(np.int16),
        planar=True,
        name=f"random machine {seed}",
    )


def random_configuration(machine: Machine, field: Field, seed: int) -> Configuration:
    """Random cells, head and state."""
    rng = np.random.default_rng(seed)
    cells = rng.integers(len(machine.symbols), size=(field.height, field.width)).astype(np.int16)
    head = int(rng.integers(field.width)), int(rng.integers(field.height))
    return Configuration(cells, head, int(rng.integers(len(machine.states))))


def random_signs(seed: int, *shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """1 and -1."""
    return np.random.default_rng(seed).choice([-1, 1], shape)


def with_map(net: Filter, number: int, change: Callable[[AffineMap], AffineMap]) -> Filter:
    """The filter with one map of the patch network changed."""
    maps = list(net.patch.maps)
    maps[number] = change(maps[number])
    return replace(net, patch=replace(net.patch, maps=tuple(maps)))


def with_weight(entry: int, by: int) -> Callable[[AffineMap], AffineMap]:
    """Adds to one weight, over the map's denominator."""

    def change(layer: AffineMap) -> AffineMap:
        weight = layer.weight.copy()
        weight[entry] += by
        return replace(layer, weight=weight)

    return change


def with_bias(row: int, by: int) -> Callable[[AffineMap], AffineMap]:
    """Adds to one bias, over the map's denominator."""

    def change(layer: AffineMap) -> AffineMap:
        bias = layer.bias.copy()
        bias[row] += by
        return replace(layer, bias=bias)

    return change
