"""Hypothesis strategies: random machines, configurations and fields.

Their tables and cells come from seeds: drawn entry by entry, most would be missing or equal.
"""

import numpy as np
from hypothesis import strategies as st

from circuits.machines.configuration import Configuration, Field
from circuits.machines.machine import MISSING, Machine, Move

_SEEDS = st.integers(0, 2**32 - 1)


@st.composite
def machines(draw: st.DrawFn, max_states: int = 5, max_symbols: int = 3) -> Machine:
    """Machines of all kinds: tape and plane, entries missing, states that halt, any blank."""
    states, symbols = draw(st.integers(1, max_states)), draw(st.integers(1, max_symbols))
    planar, missing = draw(st.booleans()), draw(st.sampled_from([0.1, 0, 0.3]))
    rng = np.random.default_rng(draw(_SEEDS))
    shape = states, symbols
    there = rng.random(shape) >= missing
    halting = np.flatnonzero(rng.random(states) < missing / 2)
    there[halting] = False
    moves = list(Move) if planar else [Move.LEFT, Move.RIGHT, Move.LEFT, Move.RIGHT, Move.STAY]
    return Machine(
        states=tuple(f"q{i}" for i in range(states)),
        symbols=tuple("abcdefgh"[:symbols]),
        start=int(rng.integers(states)),
        blank=int(rng.integers(symbols)),
        halting=frozenset(halting.tolist()),
        write=np.where(there, rng.integers(symbols, size=shape), MISSING).astype(np.int16),
        move=np.where(there, rng.choice(moves, size=shape), MISSING).astype(np.int8),
        following=np.where(there, rng.integers(states, size=shape), MISSING).astype(np.int16),
        planar=planar,
    )


@st.composite
def fields(draw: st.DrawFn, planar: bool) -> Field:
    """Fields of a few cells, with or without a margin."""
    height = draw(st.integers(1, 5)) if planar else 1
    return Field(draw(st.integers(1, 9)), height, draw(st.booleans()))


@st.composite
def configurations(draw: st.DrawFn, machine: Machine, field: Field | None = None) -> Configuration:
    """Configurations of a machine, in any state; the cells need not be those of the field."""
    height = draw(st.integers(0, 4)) if machine.planar else 1
    rng = np.random.default_rng(draw(_SEEDS))
    cells = rng.integers(len(machine.symbols), size=(height, draw(st.integers(0, 6))))
    around = int(field is not None and field.margin)
    wide, high = (field.width, field.height) if field is not None else (6, 4)
    x = rng.integers(-around, wide + around)
    y = rng.integers(-around, high + around) if machine.planar else 0
    origin = draw(st.integers(-3, 3)), draw(st.integers(-3, 3)) if machine.planar else 0
    state = rng.integers(len(machine.states))
    return Configuration(cells.astype(np.int16), (int(x), int(y)), int(state), origin)
