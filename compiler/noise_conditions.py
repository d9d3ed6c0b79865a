"""What the constants of a cell must satisfy under noise, one inequality for every use of f.

Each quantity is enclosed in an interval that holds all noise of at most epsilon on each edge, and
the inequalities say that it lies on the right piece of f. `compiler.noise_margin` says why this is
enough. The names begin with what the net is doing:

    hold    an unset cell, silenced by vc          kept +1, kept -1    a cell set by this label
    write   a cell that is being set               answer              the output after that
    gates   readers and control vertices

All is stated for magnitudes. A cell set by label -1 has five negative weights, and v1 and v3 are
negative, v2 and what v4 hears positive as in one set by label 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from compiler.enclosure import Enclosure, Number, enclose
from compiler.noise_constants import PATH_EDGES, NoiseConstants

GATE = 2
"""What gates, readers and control vertices output at most."""


class Inequality(NamedTuple):
    """``left <= right``, and what for; fails the more, the more noise there is."""

    name: str
    left: Number
    right: Number

    @property
    def slack(self) -> Number:
        """Not negative where it holds."""
        return self.right - self.left


@dataclass(frozen=True, slots=True)
class CellNumbers:
    """`NoiseConstants` as numbers to compute with; control weights and state bias as magnitudes."""

    exponent: Fraction
    weights: tuple[Enclosure, ...]
    read: Enclosure
    state: Enclosure
    bias: Enclosure
    control: Enclosure
    control_primed: Enclosure
    output_control: Enclosure
    answer: Enclosure
    rate: Enclosure
    dead_zone: Number
    power_from: Number
    power_to: Number
    plateau_from: Number
    plateau: Number
    saturates: bool

    @classmethod
    def of(cls, constants: NoiseConstants) -> CellNumbers:
        """Enclose them; a break point by the end that makes its piece smaller."""
        c, f = constants, constants.activation
        exponent = f.exponent.rational()
        assert exponent is not None
        return cls(
            exponent=exponent,
            weights=tuple(map(enclose, c.weights)),
            read=enclose(c.read_weight),
            state=enclose(c.state_weight),
            bias=enclose(-c.state_bias),
            control=enclose(-c.control_weight),
            control_primed=enclose(-c.control_primed_weight),
            output_control=enclose(c.output_control_weight),
            answer=enclose(c.answer_weight),
            rate=enclose(c.learning_rate),
            dead_zone=enclose(f.dead_zone).low,
            power_from=enclose(f.power_from).high,
            power_to=enclose(f.power_to).low,
            plateau_from=enclose(f.plateau_from).high,
            plateau=enclose(f.plateau).low,
            saturates=c.saturates,
        )


def conditions(c: CellNumbers, inputs: int, noise: Number) -> Iterator[Inequality]:
    """`inequalities` of numbers."""
    p, weights = c.exponent, [w.around(noise) for w in c.weights]
    unset, signal = [Enclosure(1, 1)], weights[0]
    for i, weight in enumerate(weights[1:4], start=1):
        yield from _on_power(f"hold: v{i}", c, signal)
        unset.append(signal.power(p))
        signal = unset[-1].times(weight)
    yield from _silent("hold: v4", c, signal, c.control, noise)
    yield from _on_power("write: v4", c, signal)

    v4 = signal.power(p)
    arriving = c.output_control.around(noise).scaled(GATE)
    arriving = arriving.plus(v4.times(weights[4]).scaled(inputs))
    yield from _on_power("write: the output", c, arriving)
    output = arriving.power(p)
    yield Inequality("write: the output is below 1", output.high, 1)
    slope = arriving.power(p - 1).scaled(p).times(c.rate)
    gradients = _gradients(p, weights, unset, signal, v4)
    read = c.read.around(noise)
    yield Inequality("gates: vr of an unset cell", c.plateau_from, read.times(unset[1]).low)
    reads = [unset[2]]
    for label, derivative in (
        (1, Enclosure(2 * (1 - output.high), 2 * (1 - output.low))),
        (-1, Enclosure(2 * (1 + output.low), 2 * (1 + output.high))),
    ):
        updates = [g.times(slope).times(derivative) for g in gradients]
        path = [
            _updated(w, u, label).around(noise) for w, u in zip(c.weights, updates, strict=True)
        ]
        kept, signal = [Enclosure(1, 1)], path[0]
        for i, weight in enumerate(path[1:4], start=1):
            name = f"kept {label:+}: v{i}"
            if c.saturates:
                yield Inequality(f"{name} is on the plateau", c.plateau_from, signal.low)
                kept.append(Enclosure(c.plateau, c.plateau))
            else:
                yield from _on_power(name, c, signal)
                kept.append(signal.power(p))
            signal = kept[-1].times(weight)
        yield from _silent(f"kept {label:+}: v4", c, signal, c.control_primed, noise)
        yield Inequality(f"gates: vr, label {label:+}", c.plateau_from, read.times(kept[1]).low)
        reads.append(kept[2])
    yield from _gates(c, reads, noise)
    yield from _answer(c, noise)


def _gradients(
    p: Fraction,
    weights: list[Enclosure],
    outputs: list[Enclosure],
    signal: Enclosure,
    v4: Enclosure,
) -> list[Enclosure]:
    """What the output's input changes by with w_0, ..., w_4 while a cell is being set."""
    found, back = [v4], weights[4].times(signal.power(p - 1).scaled(p))
    for i in (3, 2, 1, 0):
        found.insert(0, back.times(outputs[i]))
        if i:  # f' = p x^(p-1) = p y / x, and x = y^(1/p) is what v_i hears
            heard = weights[i - 1].times(outputs[i - 1])
            back = back.times(weights[i]).times(heard.power(p - 1).scaled(p))
    assert len(found) == PATH_EDGES
    return found


def _updated(weight: Enclosure, update: Enclosure, label: int) -> Enclosure:
    """The magnitude after the update."""
    if label == 1:
        return weight.plus(update)
    return Enclosure(update.low - weight.high, update.high - weight.low)


def _on_power(name: str, c: CellNumbers, x: Enclosure) -> Iterator[Inequality]:
    yield Inequality(f"{name} is above the lower blend", c.power_from, x.low)
    yield Inequality(f"{name} is below the upper blend", x.high, c.power_to)


def _silent(
    name: str, c: CellNumbers, x: Enclosure, control: Enclosure, noise: Number
) -> Iterator[Inequality]:
    """A control vertex of 2 brings what v4 hears into the dead zone."""
    cancelled = control.around(noise).scaled(GATE)
    yield Inequality(f"{name} is silent from above", x.high - cancelled.low, c.dead_zone)
    yield Inequality(f"{name} is silent from below", cancelled.high - x.low, c.dead_zone)


def _gates(c: CellNumbers, reads: list[Enclosure], noise: Number) -> Iterator[Inequality]:
    state, bias = c.state.around(noise), c.bias.around(noise)
    unset, *kept = reads
    heard = bias.low - state.times(unset).high
    yield Inequality("gates: an unset cell reads so", c.plateau_from, heard)
    for label, read in zip((1, -1), kept, strict=True):
        heard = state.times(read).low - bias.high
        yield Inequality(f"gates: a cell set by {label:+} reads so", c.plateau_from, heard)
    # A control vertex hears 1 + 1/2 (+-2): load 3. voc[T] hears 1/2 (+-2) twice: load 4.
    yield Inequality("gates: control vertices at 0", 4 * noise, c.dead_zone)
    yield Inequality("gates: control vertices at 2", c.plateau_from, GATE - 4 * noise)


def _answer(c: CellNumbers, noise: Number) -> Iterator[Inequality]:
    heard = c.answer.around(noise).scaled(GATE)
    yield from _on_power("answer: the output", c, heard)
    output = heard.power(c.exponent)
    yield Inequality("answer: it is above 1/2", Fraction(1, 2), output.low)
    yield Inequality("answer: it is below 3/2", output.high, Fraction(3, 2))
