"""A machine becomes the filter of a recurrent convolutional net that learns and runs it.

>>> from circuits.machines.machine import Move
>>> rules = {("A", "0"): ("1", Move.RIGHT, "B"), ("B", "0"): ("1", Move.LEFT, "A")}
>>> net = machine_to_rcnn(Machine.of_rules(rules, start="A", blank="0"), "base3")
>>> print(net.sizes.width, net.learning_rate)
90 1/54
"""

from __future__ import annotations

from fractions import Fraction

from circuits.errors import SourceError
from circuits.machines.machine import Machine
from compiler.rcnn.coding import Coding, Scale
from compiler.rcnn.filter import Filter
from compiler.rcnn.gates import gates
from compiler.rcnn.head import head, learning_rate
from compiler.rcnn.synthesis import synthesize

LATTICE = {"float32": Fraction(1, 2**16), "float64": Fraction(1, 2**40)}
"""What the digits of base 3 are rounded to. The bits that are left are for sums of many terms."""


def machine_to_rcnn(
    machine: Machine, scale: str = Scale.INTEGER, dtype: str | None = None
) -> Filter:
    """The filter whose layer is a step of the machine, once all samples are memorised.

    Args:
        machine: on a tape or on a plane, with any alphabet. Its first two symbols that are not
            blank stand for +1 and -1 in samples.
        scale: one of `Scale`.
        dtype: ``float32`` or ``float64``, to have weights that this format holds exactly: the
            digits of ``base3`` are rounded for it. None for the exact fractions. No difference for
            ``integer``.

    Raises:
        SourceError: no such scale or format.
        LimitError: there are too many states for ``base3`` in this format.
    """
    if scale not in list(Scale):
        raise SourceError(f"unknown scale {scale!r}", hint=f"one of: {', '.join(Scale)}")
    if dtype is not None and dtype not in LATTICE:
        raise SourceError(f"unknown format {dtype!r}", hint=f"one of: {', '.join(LATTICE)}")
    lattice = LATTICE[dtype] if dtype is not None and scale == Scale.BASE3 else Fraction(0)
    coding = Coding.of(machine, Scale(scale), lattice)
    return Filter(
        machine=machine,
        coding=coding,
        patch=synthesize(gates(machine, coding), coding),
        head=head(coding),
        learning_rate=learning_rate(coding),
    )
