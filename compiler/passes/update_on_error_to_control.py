"""The control function r of Lemma 3's proof: from sample and memory to prediction and flips.

The next state g of the update-on-error form is only ever written by flipping bits, so what the
memory units need is the prediction h and, for each bit, whether it flips: ``b XOR g(x, b)``.
"""

from __future__ import annotations

from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.update_on_error import UpdateOnError


def update_on_error_to_control(form: UpdateOnError) -> Circuit:
    """A combinational circuit from (inputs, memory bits) to (h, one flip per memory bit)."""
    source = form.circuit
    builder = Builder(source.name, source.source)
    inputs = [builder.input(name) for name in source.input_names]
    memory = [builder.input(latch.name) for latch in source.latches]
    literal_of = builder.copy(source, inputs, memory)

    def read(literal: int) -> int:
        return literal_of[literal >> 1] ^ (literal & 1)

    builder.output("prediction", read(form.prediction))
    for latch, bit in zip(source.latches, memory, strict=True):
        flip = builder.xor(bit, read(latch.next))
        builder.label(flip, f"{latch.name}/flip")
        builder.output(f"{latch.name}/flip", flip)
    return builder.build()
