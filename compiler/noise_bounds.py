"""What noise may do to a noise-tolerant net in the step that sets a cell, read off the net itself.

With w_i within epsilon of what was built, v4 of a cell outputs w_3 (w_2 (...)^p)^p to the power p
and brings the output vertex

    C = w_4 (w_3 (w_2 (w_1 w_0^p)^p)^p)^p = product of w_i^e_i,   e_i = p^(4-i).

The output vertex hears n' such numbers and twice the weight o of voc[t], z in all. It outputs
y = z^p near 1/2, and by the label 1 or -1 SGD changes a weight by

    w_i:  2 gamma p z^(p-1) (1 -+ y) dC/dw_i,   dC/dw_i = e_i w_i^(e_i - 1) product of the others,
    o:    2 gamma p z^(p-1) (1 -+ y) 2,

upwards for the label 1 and downwards for -1. `compiler.noise_conditions` follows the gradients from
vertex to vertex instead, and comes to the same intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from compiler.enclosure import Enclosure, enclose
from compiler.net import Net

_CONTROL = 2
"""What voc[t] outputs in step t."""


@dataclass(frozen=True, slots=True)
class CellBounds:
    """Intervals for noise that sums to at most some epsilon on every edge.

    Attributes:
        built: w_0, ..., w_4, and last the weight of voc[t], as built.
        v4: what v4 of a cell that is being set outputs.
        output: of the net while it memorises.
        updates: by label, how much the weights of ``built`` grow towards the label's sign.
        exponents: the sum of all e_i: how much relative errors of weights add up to.
    """

    built: tuple[Enclosure, ...]
    v4: Enclosure
    output: Enclosure
    updates: dict[int, tuple[Enclosure, ...]]
    exponents: Fraction


def cell_bounds(net: Net, noise: Fraction) -> CellBounds:
    """The intervals, for a net of target noise-tolerant.

    Args:
        net: with at least one cell.
        noise: epsilon.
    """
    p, cells = net.activation.exponent.rational(), net.cells
    assert p is not None
    edges = [*cells.path[0].tolist(), int(cells.output_control[0])]
    built = tuple(enclose(net.values[net.edge_value[edge]]) for edge in edges)
    *path, control = [weight.around(noise) for weight in built]
    exponents = [p ** (4 - i) for i in range(len(path))]
    powers = [w.power(e) for w, e in zip(path, exponents, strict=True)]
    heard = control.scaled(_CONTROL).plus(_product(powers).scaled(cells.inputs))
    output = heard.power(p)
    factor = heard.power(p - 1).scaled(2 * p).times(enclose(net.learning_rate))
    by_weight = [
        _product(powers[:i] + powers[i + 1 :]).times(w.power(e - 1)).scaled(e)
        for i, (w, e) in enumerate(zip(path, exponents, strict=True))
    ] + [Enclosure(Fraction(_CONTROL), Fraction(_CONTROL))]
    updates = {}
    for label in (1, -1):
        low, high = sorted(1 - label * end for end in output)  # near 1/2 or 3/2
        common = factor.times(Enclosure(low, high))
        updates[label] = tuple(map(common.times, by_weight))
    return CellBounds(built, _product(powers[:4]), output, updates, sum(exponents, Fraction(0)))


def _product(factors: list[Enclosure]) -> Enclosure:
    found = Enclosure(Fraction(1), Fraction(1))
    for factor in factors:
        found = found.times(factor)
    return found
