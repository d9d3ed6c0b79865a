"""Forward evaluation of nets without memory: 64 samples to a word (Lemma 1)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from circuits.errors import LimitError
from compiler.flat_vertices import Kind, flat_vertices
from compiler.net import Net
from runtime.engines.bit_program import BitProgram, bit_program
from runtime.engines.native import kernels

Bits = NDArray[np.bool_]


class BitForward:
    """A net all of whose vertices are proved to be flat, as a function of bits.

    That a vertex is flat says that what is computed here is what its floats are, for every sample
    of -1 and 1, on the weights that the net was built with.

    Attributes:
        vertices: how many vertices of the net are evaluated for each sample.
    """

    def __init__(self, program: BitProgram, outputs: NDArray[np.int64], vertices: int) -> None:
        self._program, self._outputs, self.vertices = program, outputs, vertices
        self._words = np.zeros(program.slots, np.uint64)

    def __call__(self, samples: NDArray[Any]) -> Bits:
        """True for an input of 1, and for an output at the higher of its two values.

        Args:
            samples: shape (batch, inputs), bool or numbers of which 0 is false.

        Returns:
            Shape (batch, outputs).
        """
        from runtime.engines.forward_kernels import evaluate

        shown = np.asarray(samples, bool)
        batch = len(shown)
        columns = to_words(shown)
        found = np.empty((len(columns), len(self._outputs)), np.uint64)
        p = self._program
        runs = p.runs, p.operands, p.coefficients, p.numbers
        evaluate(*runs, columns, self._outputs.astype(np.uint64), self._words, found)
        return _lanes(found)[:batch]


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
    program = bit_program(net, flat)
    ports = np.array([port.vertex for port in net.outputs])
    # A fixed vertex has the literal of false, whatever its value is.
    literals = program.literal[ports] ^ ((flat.high[ports] > 0) & (flat.low[ports] > 0))
    return BitForward(program, literals, int((net.level > 0).sum()))


def to_words(bits: Bits) -> NDArray[np.uint64]:
    """Shape (samples, n) to (words, n); sample 64 w + i is bit i of word w."""
    padded = np.zeros((-(-len(bits) // 64) * 64, bits.shape[1]), bool)
    padded[: len(bits)] = bits
    lanes = padded.reshape(len(padded) // 64, 64, bits.shape[1]).transpose(0, 2, 1)
    packed = np.packbits(lanes, axis=2, bitorder="little")
    return np.ascontiguousarray(packed).view("<u8")[:, :, 0].astype(np.uint64)


def _lanes(words: NDArray[np.uint64]) -> Bits:
    """The inverse of `to_words`, with 64 samples a word."""
    packed = np.ascontiguousarray(words.astype("<u8")).view(np.uint8)
    bits = np.unpackbits(packed.reshape(*words.shape, 8), axis=2, bitorder="little")
    return bits.transpose(0, 2, 1).reshape(-1, words.shape[1]).astype(bool)
