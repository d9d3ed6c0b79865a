"""What machines do, compared: by running them, and for all runs at once by their tables."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from circuits.errors import LimitError, SourceError
from circuits.machines.configuration import Configuration, Outcome, initial
from circuits.machines.machine import Machine, Move
from circuits.machines.run import run
from circuits.machines.tape import parse_tape


class Ran(NamedTuple):
    """A machine that has halted."""

    steps: int
    state: str
    tape: str
    """Of a machine on a tape, less the blanks around."""
    score: int
    """Cells that are not blank."""


def ran(machine: Machine, text: str | None = None, steps: int = 10**6) -> Ran:
    """A machine run until it halts, on its own input or on what is given."""
    start = initial(machine)
    if text is not None:
        tape = parse_tape(machine, text)
        start = initial(machine, tape.rows, head=tape.head)
    result = run(machine, start, steps)
    assert result.outcome is Outcome.HALTED
    end = result.configuration
    return Ran(
        result.steps,
        machine.states[end.state],
        shown(machine, end),
        end.score(machine.blank),
    )


def shown(machine: Machine, configuration: Configuration) -> str:
    """The symbols of a tape by name, less the blanks around."""
    used = np.flatnonzero((configuration.cells != machine.blank).any(axis=0))
    if not used.size or len(configuration.cells) != 1:
        return ""
    cells = configuration.cells[0, used[0] : used[-1] + 1]
    return "".join(machine.symbols[symbol] for symbol in cells)


def assert_does_the_same(one: Machine, other: Machine, symbols: Mapping[int, int]) -> None:
    """Every run of one is a run of the other, step by step, its symbols being those they map to.

    States are paired from the start states on, along the entries; where one has an entry the other
    has the same, and where one has none the other has none.
    """
    assert one.planar == other.planar
    assert symbols[one.blank] == other.blank
    assert tuple(symbols[symbol] for symbol in one.input) == other.input
    assert len(set(symbols.values())) == len(symbols)
    paired, waiting = {one.start: other.start}, [one.start]
    while waiting:
        state = waiting.pop()
        for symbol, image in symbols.items():
            rule, same = one.rule(state, symbol), other.rule(paired[state], image)
            assert (rule is None) == (same is None)
            if rule is None or same is None:
                continue
            assert (symbols[rule.write], rule.move) == (same.write, same.move)
            if rule.following not in paired:
                waiting.append(rule.following)
            assert paired.setdefault(rule.following, same.following) == same.following


def by_name(one: Machine, other: Machine) -> dict[int, int]:
    """The symbols that both have, by name; those of the other are all among them."""
    assert set(other.symbols) <= set(one.symbols)
    return {one.symbols.index(name): i for i, name in enumerate(other.symbols)}


def rows(machine: Machine) -> dict[tuple[str, str], tuple[str, Move, str]]:
    """The table: (state, symbol) to (symbol written, move, next state), all by name."""
    states, symbols = machine.states, machine.symbols
    return {
        (states[r.state], symbols[r.symbol]): (symbols[r.write], r.move, states[r.following])
        for r in machine.rules()
    }


def blank_first(machine: Machine) -> dict[int, int]:
    """The symbols with the blank moved to the front."""
    order = sorted(range(len(machine.symbols)), key=lambda symbol: symbol != machine.blank)
    return {symbol: i for i, symbol in enumerate(order)}


def damaged(*files: bytes) -> st.SearchStrategy[bytes]:
    """Good files in which a few bytes are changed, left out or repeated, from elsewhere in them."""

    @st.composite
    def draw_one(draw: st.DrawFn) -> bytes:
        data = draw(st.sampled_from(files))
        for _ in range(draw(st.integers(1, 4))):
            at = draw(st.integers(0, len(data)))
            until = min(len(data), at + draw(st.integers(0, 3)))
            elsewhere = draw(st.integers(0, len(data)))
            new = draw(st.binary(max_size=2)) if draw(st.booleans()) else b""
            data = data[:at] + new + data[elsewhere : elsewhere + 2] + data[until:]
        return data

    return draw_one()


def reads_or_refuses(read: Callable[[bytes, str], Machine], data: bytes) -> None:
    """Nothing but a machine or an error with its place comes of a file."""
    try:
        read(data, "a.file")
        return
    except LimitError:
        return
    except SourceError as error:
        place = error.position
    assert place is not None
    assert place.file == "a.file"
