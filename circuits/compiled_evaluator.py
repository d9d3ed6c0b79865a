"""Evaluate a circuit in a compiled loop: one sample, or 64 of them in the bits of a word.

`circuits.evaluate` says what a circuit means and takes any number of samples; this says the same,
a hundred times as fast.

>>> from circuits.builder import Builder
>>> b = Builder()
>>> x, y, z = b.input("x"), b.input("y"), b.input("z")
>>> b.output("majority", b.threshold([x, y, z], 2))
>>> majority = CompiledEvaluator.of(b.build())
>>> majority.step(np.array([1, 0, 1], np.uint8))[0]
array([1], dtype=uint8)
>>> table = majority.step(np.array([0b10101010, 0b11001100, 0b11110000], np.uint64))[0]
>>> bin(table[0])
'0b11101000'
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from circuits.circuit import Circuit
from circuits.errors import InvariantError

Bits = TypeVar("Bits", NDArray[np.uint8], NDArray[np.uint64])
"""By node, input, latch or output: of type uint8 a 0 or 1 each, one sample; of type uint64 a word
each, whose bit k is the value in sample k."""

_SAFE_SUM = 2.0**62


def is_compilable(circuit: Circuit) -> bool:
    """Whether numba is installed, and all sums and bounds of THRESHOLD gates fit in 62 bits."""
    if find_spec("numba") is None:
        return False
    if not len(circuit.weights):
        return True
    if not 0 <= int(circuit.bounds.min()) <= int(circuit.bounds.max()) < _SAFE_SUM:
        return False
    if int(circuit.weights.min()) < 0:
        return False
    sums = np.add.reduceat(np.append(circuit.weights, 0).astype(np.float64), circuit.starts[:-1])
    return bool(sums[circuit.first_gate :].max(initial=0) < _SAFE_SUM)


@dataclass(frozen=True, eq=False, slots=True)
class CompiledEvaluator:
    """A circuit made ready for repeated evaluation.

    Make one with `of`. Memory is a few bytes per operand, whatever the depth.
    """

    circuit: Circuit
    _starts: NDArray[np.uint64] = field(repr=False)
    _operands: NDArray[np.uint32] = field(repr=False)
    _outputs: NDArray[np.int64] = field(repr=False)
    _next: NDArray[np.int64] = field(repr=False)

    @classmethod
    def of(cls, circuit: Circuit) -> CompiledEvaluator:
        """Lay the circuit out.

        Raises:
            InvariantError: `is_compilable` says no.
        """
        if not is_compilable(circuit):
            raise InvariantError(f"{circuit.name}: not for compiled evaluation")
        return cls(
            circuit,
            circuit.starts.astype(np.uint64),
            circuit.operands.astype(np.uint32),
            np.array([o.literal for o in circuit.outputs], np.int64),
            np.array([latch.next for latch in circuit.latches], np.int64),
        )

    def values(self, inputs: Bits, state: Bits | None = None) -> Bits:
        """The value of every node, shape (nodes,), of the type of ``inputs``.

        Args:
            inputs: shape (inputs,).
            state: shape (latches,); of no latches it may be left away.

        Raises:
            InvariantError: another shape.
        """
        from circuits.evaluate_kernels import one_sample, one_word

        c = self.circuit
        state = inputs[:0] if state is None else state
        if inputs.shape != (len(c.input_names),) or state.shape != (len(c.latches),):
            raise InvariantError(
                f"{inputs.shape} input and {state.shape} state values for "
                f"{len(c.input_names)} inputs and {len(c.latches)} latches"
            )
        values: Any = np.zeros(len(c), inputs.dtype)
        values[1 : 1 + len(inputs)] = inputs
        values[1 + len(inputs) : c.first_gate] = state
        kernel = one_sample if inputs.dtype == np.uint8 else one_word
        kernel(c.ops, self._starts, self._operands, c.weights, c.bounds, c.first_gate, values)
        found: Bits = values
        return found

    def step(self, inputs: Bits, state: Bits | None = None) -> tuple[Bits, Bits]:
        """Outputs in order, and what the latches load; arguments as in `values`."""
        values = self.values(inputs, state)
        return _read(values, self._outputs), self.next_state(values)

    def next_state(self, values: Bits) -> Bits:
        """What the latches load, from the values of all nodes; shape (latches,)."""
        return _read(values, self._next)


def _read(values: Bits, literals: NDArray[np.int64]) -> Bits:
    """The values of literals, from those of all nodes."""
    ones = np.array([0, 1 if values.dtype == np.uint8 else 2**64 - 1], values.dtype)
    found: Bits = values[literals >> 1] ^ ones[literals & 1]
    return found
