"""From the lists of a builder to the arrays of a circuit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from circuits.circuit import Circuit, Latch, Op, Output


class GateLists(NamedTuple):
    """What is known of each node of a builder, ports among gates as they were made.

    Attributes:
        ops, operands, lines: one each per node.
        thresholds: weights and bound by THRESHOLD node, in increasing order.
    """

    ops: Sequence[Op]
    operands: Sequence[tuple[int, ...]]
    lines: Sequence[int]
    thresholds: Mapping[int, tuple[tuple[int, ...], int]]


def frozen(
    lists: GateLists,
    *,
    inputs: Sequence[int],
    latches: Sequence[int],
    names: Mapping[int, str],
    next_of: Mapping[int, int],
    reset_of: Mapping[int, int | None],
    outputs: Sequence[Output],
    labels: Mapping[int, tuple[int, str]],
    name: str,
    source: str,
) -> Circuit:
    """The circuit: constant, inputs, latches, then the gates in the order made.

    Where a port was made after a gate, nodes get new numbers, and the operands of a gate are
    sorted again unless their order means something.
    """
    ops = np.frombuffer(bytes(lists.ops), np.uint8)
    arity = np.fromiter(map(len, lists.operands), np.int64, len(ops))
    operands = np.fromiter(chain.from_iterable(lists.operands), np.int64, int(arity.sum()))
    weights, bounds = np.ones(len(operands), np.int64), np.zeros(len(ops), np.int64)
    if lists.thresholds:
        found = lists.thresholds.values()
        weights[np.repeat(ops == Op.THRESHOLD, arity)] = list(
            chain.from_iterable(of_gate for of_gate, _ in found)
        )
        bounds[list(lists.thresholds)] = [bound for _, bound in found]
    is_gate = ops > Op.LATCH
    order = np.concatenate([[0], inputs, latches, np.flatnonzero(is_gate)]).astype(np.int64)
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    if (np.diff(order) < 0).any():
        operands = 2 * number[operands >> 1] | operands & 1
        reader = np.repeat(np.arange(len(ops)), arity)
        place = np.where(ops[reader] == Op.MUX, np.arange(len(operands)), operands)
        by_place = np.lexsort((place, reader))
        operands, weights = operands[by_place], weights[by_place]
    new = _Renewed(number)
    return Circuit(
        ops=ops[order],
        starts=np.concatenate([[0], np.cumsum(arity[order])]),
        operands=operands.astype(np.int32),
        weights=weights,
        bounds=bounds[order],
        input_names=tuple(names[n] for n in inputs),
        latches=tuple(
            Latch(names[n], x, reset_of[n])
            for n, x in zip(latches, new.literals([next_of[n] for n in latches]), strict=True)
        ),
        outputs=tuple(
            Output(o.name, x, o.kind, o.group)
            for o, x in zip(outputs, new.literals([o.literal for o in outputs]), strict=True)
        ),
        name=name,
        source=source,
        labels=_labels(labels, is_gate, new),
        lines=np.array(lists.lines, np.int32)[order],
    )


class _Renewed:
    """New numbers of literals."""

    def __init__(self, number: NDArray[np.int64]) -> None:
        self._number = number

    def literals(self, old: Sequence[int]) -> list[int]:
        """Those of many."""
        literals = np.array(old, np.int64)
        renewed: list[int] = (2 * self._number[literals >> 1] | literals & 1).tolist()
        return renewed


def _labels(
    labels: Mapping[int, tuple[int, str]], is_gate: NDArray[np.bool_], new: _Renewed
) -> dict[int, str]:
    """Names of gates by new literal."""
    gates = is_gate.tolist()
    kept = [label for node, label in labels.items() if gates[node]]
    renewed = new.literals([literal for literal, _ in kept])
    return {literal: name for literal, (_, name) in zip(renewed, kept, strict=True)}
