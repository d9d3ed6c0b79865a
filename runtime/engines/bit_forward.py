"""Forward evaluation of nets without memory: 64 samples to a word (Lemma 1)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from circuits.errors import LimitError
from compiler.flat_vertices import Kind, flat_vertices
from compiler.net import Net
from runtime.engines.bit_program import BitProgram, bit_program, phases
from runtime.engines.native import kernels

Bits = NDArray[np.bool_]


class BitForward:
    """A net all of whose vertices are proved to be flat, as a function of bits.

    That a vertex is flat says that what is computed here is what its floats are, for every sample
    of -1 and 1, on the weights that the net was built with.

    What is computed are not the vertices one by one; see `runtime.engines.bit_cover`.
    """

    FEW = 128
    """Samples up to which words are faster than rows of words."""

    def __init__(self, program: BitProgram, inputs: int, outputs: NDArray[np.int64]) -> None:
        """``outputs`` are literals."""
        self._program, self._inputs, self._outputs = program, inputs, outputs.astype(np.uint32)
        self._rows = self._words = np.zeros(0, np.uint64)

    def __call__(self, samples: NDArray[Any]) -> Bits:
        """True for an input of 1, and for an output at the higher of its two values.

        Args:
            samples: shape (batch, inputs), bool or numbers of which 0 is false.

        Returns:
            Shape (batch, outputs).

        Raises:
            ValueError: another shape.
        """
        from runtime.engines.forward_kernels import (
            PLANES,
            WIDTH,
            Program,
            evaluate,
            evaluate_words,
        )

        shown = np.ascontiguousarray(np.asarray(samples, bool)).view(np.uint8)
        if shown.shape[1:] != (self._inputs,):
            raise ValueError(f"samples have shape (batch, {self._inputs}), not {shown.shape}")
        found, p = np.empty((len(shown), len(self._outputs)), np.uint8), self._program
        program = Program(p.runs, p.targets, p.operands, p.coefficients, p.numbers)
        if len(shown) <= self.FEW:
            if not len(self._words):
                self._words = np.zeros(p.slots, np.uint64)
            evaluate_words(program, shown, self._outputs, self._words, found)
        else:
            if not len(self._rows):
                self._rows = _aligned((p.slots + PLANES) * WIDTH)
            evaluate(program, shown, self._outputs, self._rows, found)
        return found.view(bool)


def _aligned(words: int) -> NDArray[np.uint64]:
    """Zeros that begin where a line of the cache does."""
    memory = np.zeros(words + 8, np.uint64)
    begin = -memory.ctypes.data % 64 // 8
    return memory[begin : begin + words]


def bit_forward(net: Net, dtype: str = "float64") -> BitForward:
    """What a net computes, as a function from bits to bits.

    Args:
        net: a component, or any net without memory whose vertices are all flat.
        dtype: the float format that its floats have.

    Raises:
        LimitError: some vertex is not proved to be flat.
        SourceError: numba is not installed.
    """
    kernels()
    flat = flat_vertices(net, dtype=dtype)
    if not flat.all_flat:
        vertex = int(np.flatnonzero(flat.kind >= Kind.READ)[0])
        raise LimitError(
            f"{net.provenance(vertex)} is not proved to have two values; "
            "only components of gates run as bits alone"
        )
    ports = np.array([port.vertex for port in net.outputs])
    program = bit_program(net, flat, phases(net, flat), ports)
    # A fixed vertex has the literal of false, whatever its value is.
    literals = program.literal[ports] ^ ((flat.high[ports] > 0) & (flat.low[ports] > 0))
    return BitForward(program, len(net.inputs), literals)


def to_words(bits: Bits) -> NDArray[np.uint64]:
    """Shape (samples, n) to (words, n); sample 64 w + i is bit i of word w."""
    padded = np.zeros((-(-len(bits) // 64) * 64, bits.shape[1]), bool)
    padded[: len(bits)] = bits
    lanes = padded.reshape(len(padded) // 64, 64, bits.shape[1]).transpose(0, 2, 1)
    packed = np.packbits(lanes, axis=2, bitorder="little")
    return np.ascontiguousarray(packed).view("<u8")[:, :, 0].astype(np.uint64)
