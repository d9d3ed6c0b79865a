"""Several steps of a machine as one combinational circuit.

The table, the start state and where the head starts are known, the symbols are not. So step t
has gates only for places and states that the machine can be in at time t, whatever it reads: on a
tape and without entries that stay, at most every other place of the 2t + 1 around the start.
"""

from __future__ import annotations

from circuits.builder import Builder
from circuits.circuit import FALSE, Circuit
from circuits.errors import SourceError
from circuits.machines.configuration import Field
from circuits.machines.encoding import Encoding, Place
from circuits.machines.gates import TableGates, moved
from circuits.machines.machine import Machine, Move
from circuits.machines.unrolled_steps import run_steps


def unroll(
    machine: Machine,
    field: Field,
    steps: int,
    head: Place = (0, 0),
    state: int | None = None,
) -> Circuit:
    """The configuration after ``steps`` steps, as a circuit of the symbols of all cells.

    A machine that has halted, or that was to leave the field, stays as it is.

    Inputs are the symbol bits of `Encoding.names`; codes that no symbol has mean nothing. Outputs
    are all of `Encoding.names`, then ``halted``, each with ``final.`` before it, since most file
    formats have one name space for inputs and outputs.

    Args:
        machine: what to run.
        field: the cells it may use.
        steps: T, 0 or more.
        head: (x, y) to start on.
        state: to start in; the machine's start state by default.

    Raises:
        SourceError: a negative number of steps, or a head outside the field.
    """
    encoding = Encoding.of(machine, field)
    builder = Builder(f"{machine.name or 'machine'}, {steps} steps", machine.source)
    inputs = iter([builder.input(name) for name in encoding.symbol_names])
    width = range(encoding.symbol_bits)
    cells = {place: [next(inputs) for _ in width] for place in encoding.cells}
    final = run_steps(builder, encoding, cells, steps, head, state)
    literals = [literal for place in encoding.cells for literal in final.cells[place]]
    literals += [final.heads.get(place, FALSE) for place in encoding.heads]
    for i in range(encoding.state_bits):
        codes = zip(encoding.state_codes, final.states, strict=True)
        literals.append(builder.or_(*(held for code, held in codes if code >> i & 1)))
    for name, literal in zip(encoding.names, [*literals, final.left], strict=True):
        builder.output(f"final.{name}", literal)
    builder.output("final.halted", final.halted)
    return builder.build()


def naive_bound(machine: Machine, field: Field, steps: int) -> int:
    """Gates of ``steps`` copies of `circuits.machines.machine_to_circuit`, at most.

    With N cells, M places for the head, s bits a symbol, S symbols, q bits a state, Q states and
    D directions, one copy has ``s (3 N + 2)`` gates to read and write, ``(D + 1) M`` to move, and
    ``Q S + 3 Q + S + 2 D + 2 q + 6`` for the table.
    """
    encoding = Encoding.of(machine, field)
    symbols, states = len(machine.symbols), len(machine.states)
    directions = len(TableGates(encoding).directions)
    cells = encoding.symbol_bits * (3 * len(encoding.cells) + 2)
    heads = (directions + 1) * len(encoding.heads)
    table = states * symbols + 3 * states + symbols + 2 * directions + 2 * encoding.state_bits + 6
    return steps * (cells + heads + table)


def unrolled_bound(machine: Machine, field: Field, steps: int) -> int:
    """Gates of `unroll`, at most, wherever the head starts.

    Let M be the places for the head, B those from which it can leave the field, s the bits of a
    symbol, S the symbols, q the bits of a state, h the halting states and Q the others, D the
    different moves of entries that go on, H those of entries that halt (missing ones halt and
    stay). P(t) is the number of places in which the head can be at time t:

    - on a tape at most min(t + 1, M / 2 rounded up) if no entry stays, else min(2 t + 1, M);
    - on a plane at most min((t + 1)^2, M / 2 rounded up), else min(2 t^2 + 2 t + 1, M).

    The step at time t has at most

    - ``P(t) (2 s + D + H)`` gates to read, write, move, and note where the machine stops,
    - ``Q S + 2 Q + S + 3 s + D + H + 7 + min(P(t), B)`` for the table, the state, and leaving,

    and the ORs at the end are at most ``M + s (P(T) + 1) + S + Q S + 2 Q + q + h + 2``. In the
    middle of a long tape that is of order ``T^2 (2 s + D + H) / 2``, on a short one of order
    ``T M (2 s + D + H) / 2``. For machines that can be in every state and make every move at every
    time the bound is tight within a factor of 1.5; others have fewer gates.

    Raises:
        SourceError: a negative number of steps.
    """
    if steps < 0:
        raise SourceError(f"a run of {steps} steps")
    encoding, halting = Encoding.of(machine, field), machine.halting
    table = TableGates(encoding)
    rules = [rule for rules in table.rules.values() for rule in rules]
    stuck = {Move.STAY} if any(table.missing.values()) else set()
    going = {rule.move for rule in rules if rule.following not in halting}
    moves = len(going) + len({rule.move for rule in rules if rule.following in halting} | stuck)
    heads, states = frozenset(encoding.heads), len(machine.states) - len(halting)
    border = sum(_may_leave(field, heads, place, table.directions) for place in heads)
    bits, symbols = encoding.symbol_bits, len(machine.symbols)
    decoding = symbols + states * symbols
    places = [_places(machine, len(heads), t, Move.STAY in going) for t in range(steps + 1)]
    total = len(heads) + bits * (places[-1] + 1) + decoding
    total += 2 * states + encoding.state_bits + len(halting) + 2
    for reached in places[:-1]:
        total += reached * (2 * bits + moves) + decoding
        total += 2 * states + 3 * bits + moves + 7 + min(reached, border)
    return total


def _places(machine: Machine, most: int, time: int, stays: bool) -> int:
    """In how many places the head can be at a time."""
    near = 2 * time + 1 if stays else time + 1
    if machine.planar:
        near = 2 * time * (time + 1) + 1 if stays else near**2
    return min(near, most if stays else -(-most // 2))


def _may_leave(
    field: Field, heads: frozenset[Place], place: Place, directions: tuple[Move, ...]
) -> bool:
    """Whether a move leads out of the field from here, or here is the margin."""
    return not field.has(*place) or any(moved(place, move) not in heads for move in directions)
