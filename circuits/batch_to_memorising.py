"""The computation component of Lemma 6: memorise T samples, then answer.

A net of Lemma 6 has a memory cell M'(t, i, z) for each sample t, input bit i and value z, which
starts unset and is set in step t if bit i of sample t has the value z; a cell that is set also
knows the label of its sample. The component reads which cells are set, and so knows everything:

    used[t]    = set[t,0,0] OR set[t,0,1]        sample t has been seen
    current[t] = used[t-1] AND NOT used[t]       this is step t; current[T] = used[T-1]
    x*_i(t)    = set[t,i,1]
    y*(t)      = label[t,0] AND label[t,1]       the label read from an unset cell is 1

and it tells each cell's control vertices and the output vertex what to do:

    hold[t,i,z] = NOT set AND NOT (current[t] AND x_i == z)     vc: keep an unset cell silent
    held[t,i,z] = set                                           vc': keep a set cell silent
    answer: (current[T] AND h), (NOT current[T] OR h)           -2, 0 or 2 when added up

The paper's bits i are those of the samples; by Theorem 5 random bits are memorised alike. Only the
cells of bit 0 are asked for their label, all cells of a sample having the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from circuits.batch import Batch
from circuits.builder import Builder
from circuits.circuit import Circuit


def cell_names(batch: Batch) -> Iterator[str]:
    """What the cells are called, in order: by sample, then by input bit, then by value.

    >>> b = Builder()
    >>> b.output("y", b.and_(b.input("x@0"), b.input("label@0"), b.input("x")))
    >>> list(cell_names(Batch(b.build(), 1, ("x",))))
    ['sample 0: x=0', 'sample 0: x=1']
    """
    for t in range(batch.samples):
        for name in batch.bit_names:
            yield from (f"sample {t}: {name}={z}" for z in (0, 1))


def batch_to_memorising(batch: Batch) -> Circuit:
    """The component as a combinational circuit.

    Inputs: ``set`` of each cell in the order of `cell_names`; ``label`` of the two cells of bit 0
    of each sample; the bits of the sample at hand, random ones included. Outputs: ``hold`` of each
    cell, ``held`` of each cell, ``current`` of each sample, and the two parts of the answer.
    """
    samples, inputs = batch.samples, batch.inputs
    builder = Builder(f"memorising {batch.circuit.name}", batch.circuit.source)
    cells = [builder.input(f"{name}/set") for name in cell_names(batch)]
    labels = [
        (builder.input(f"sample {t}: label 0"), builder.input(f"sample {t}: label 1"))
        for t in range(samples)
    ]
    x = [builder.input(name) for name in batch.bit_names]

    def cell(t: int, i: int, z: int) -> int:
        return cells[2 * (inputs * t + i) + z]

    def named(literal: int, name: str) -> int:
        builder.label(literal, name)
        return literal

    used = [
        named(builder.or_(cell(t, 0, 0), cell(t, 0, 1)), f"sample {t}: used")
        for t in range(samples)
    ]
    current = [
        named(builder.and_(used[t] ^ 1, *used[:t][-1:]), f"sample {t}: current")
        for t in range(samples)
    ]
    remembered = []
    for t, label in enumerate(labels):
        y = named(builder.and_(*label), f"sample {t}: label")
        bits = [cell(t, i, 1) for i in range(inputs)]
        n = len(batch.sample_names)
        remembered += [*bits[:n], y, *bits[n:]]
    literal_of = builder.copy(batch.circuit, [*remembered, *x[: len(batch.sample_names)]])
    (output,) = batch.circuit.outputs
    h = literal_of[output.literal >> 1] ^ (output.literal & 1)

    for number, name in enumerate(cell_names(batch)):
        t, i, z = number // (2 * inputs), number // 2 % inputs, number % 2
        # Set, or both current and x_i == z: two of three, set counting for two.
        said = [cells[number], current[t], x[i] ^ 1 ^ z]
        hold = named(builder.threshold(said, 2, [2, 1, 1]) ^ 1, f"{name}/hold")
        builder.output(f"{name}/hold", hold)
    for literal, name in zip(cells, cell_names(batch), strict=True):
        builder.output(f"{name}/held", literal)
    for t, literal in enumerate(current):
        builder.output(f"sample {t}: current", literal)
    done = used[-1]
    builder.output(f"{output.name}/and", named(builder.and_(done, h), "all seen, and the answer"))
    builder.output(f"{output.name}/or", named(builder.or_(done ^ 1, h), "not yet, or the answer"))
    return builder.build()
