"""Turmites, machines on a plane: the specifications of Golly's scripts.

    {{{1, 2, 0}, {0, 8, 0}}}                          Langton's ant, turning
    {{{1,'E',1},{1,'',0}},{{1,'W',1},{1,'W',0}}}      moves by compass
    RL                                                Langton's ant once more

Rows are states and in a row are triples for the colours 0, 1, ...: the new colour, where to go, the
next state. A turn is 1 for none, 2 right, 4 about, 8 left; a move is one of ``'N'``, ``'E'``,
``'S'``, ``'W'``. In a string of turns (``R``, ``L``, ``N`` none, ``U`` about) there is one state,
and each colour becomes the next one. The order is: write, turn, step, new state. All starts in
state 0 on colour 0, facing north, and south is down. Lines that begin with ``#`` are skipped.

A turning machine of n states becomes one of 4 n states, called by state and direction: ``0N``.
Sums of turns, and moves like ``'NE'``, split the ant in Golly: there would be several heads, and
they are refused.

How this maps to the project's convention: turn 0, or move ``''``, is death. The ant writes and is
gone, so here it writes, does not move, and enters the state ``HALT``: a step, as the listings
count. There are no missing entries.
"""

from __future__ import annotations

from collections.abc import Callable

from circuits.formats.text import SourceText, Word
from circuits.machines.formats.foreign import open_text
from circuits.machines.formats.table import build_machine, check_size, chosen_start
from circuits.machines.formats.turmite_parser import Braces, Triple, number, tokens
from circuits.machines.formats.writing import cannot_hold, check_whole, entry, working_states
from circuits.machines.machine import Machine, Move

_COMPASS = "NESW"
_MOVES = {"N": Move.UP, "E": Move.RIGHT, "S": Move.DOWN, "W": Move.LEFT}
_TURNS = {1: 0, 2: 1, 4: 2, 8: 3}
"""Turn of a triple -> quarters to the right."""

_STRING = {"N": 0, "R": 1, "U": 2, "L": 3}
_HALT = "HALT"
_TOLD = "turns are 1 none, 2 right, 4 about, 8 left, 0 death"

_Go = tuple[Move, str]
"""Where the head goes and the state that follows."""


def read_turmite(data: bytes, file: str = "", *, start: str | None = None) -> Machine:
    """The machine of a .turmite file.

    Death is a step into a halting state; no entry is missing.

    Args:
        data: the file.
        file: its name, for messages.
        start: a state to start in instead of 0, or 0N if it turns.

    Raises:
        SourceError: with the place of what is wrong; or the ant splits.
        LimitError: the table is too large.
    """
    source = open_text(data, file)
    words = tokens(source)
    if not words:
        raise source.error("there is no turmite in this file", 1, hint="as in {{{1,2,0},{0,8,0}}}")
    braces = words[0].text == "{"
    rows = Braces(source, words).table() if braces else _of_string(source, words)
    absolute = rows[0][0].turn.text[0] in "'\""
    facings = [""] if absolute else list(_COMPASS)
    check_size(source, len(rows) * len(facings), len(rows[0]))
    go: Callable[[SourceText, Triple, str, int], _Go] = _moving if absolute else _turning
    rules, lines = {}, {}
    for i, row in enumerate(rows):
        for facing in facings:
            for j, triple in enumerate(row):
                colour = number(source, triple.colour, "colour", len(row))
                move, following = go(source, triple, facing, len(rows))
                rules[f"{i}{facing}", str(j)] = str(colour), move, following
                lines[f"{i}{facing}", str(j)] = triple.colour.line
    states = [f"{i}{facing}" for i in range(len(rows)) for facing in facings]
    return build_machine(
        source,
        rules,
        lines,
        start=chosen_start(source, start, states[0], states),
        blank="0",
        states=states,
        symbols=[str(j) for j in range(len(rows[0]))],
        planar=True,
    )


def _moving(source: SourceText, triple: Triple, facing: str, states: int) -> _Go:
    """By compass."""
    text = triple.turn.text
    if text[0] not in "'\"":
        hint = "a turmite turns by numbers or moves by letters, not both"
        raise source.error_at(triple.turn, f"{text} after moves by compass", hint)
    following = number(source, triple.state, "state", states)
    directions = text[1:-1]
    if directions == "":
        return Move.STAY, _HALT
    if directions in _MOVES:
        return _MOVES[directions], str(following)
    if set(directions) <= set(_COMPASS):
        message = f"{text} splits the ant into {len(directions)}"
        raise source.error_at(triple.turn, message, "machines here have one head")
    raise source.error_at(triple.turn, f"the move {text}", "moves are 'N' 'E' 'S' 'W' ''")


def _turning(source: SourceText, triple: Triple, facing: str, states: int) -> _Go:
    """By turns, and then a step forward."""
    if triple.turn.text[0] in "'\"":
        hint = "a turmite turns by numbers or moves by letters, not both"
        raise source.error_at(triple.turn, f"{triple.turn.text} after turns", hint)
    turn = number(source, triple.turn, "turn")
    following = number(source, triple.state, "state", states)
    if turn == 0:
        return Move.STAY, _HALT
    if turn >= 16:
        raise source.error_at(triple.turn, f"turn {turn}", _TOLD)
    if turn not in _TURNS:
        message = f"turn {turn} splits the ant into {turn.bit_count()}"
        raise source.error_at(triple.turn, message, f"machines here have one head; {_TOLD}")
    ahead = _COMPASS[(_COMPASS.index(facing) + _TURNS[turn]) % 4]
    return _MOVES[ahead], f"{following}{ahead}"


def _of_string(source: SourceText, words: list[Word]) -> list[list[Triple]]:
    """The one row of a string of turns, which is all there is."""
    word = words[0]
    turn_of = {quarters: str(turn) for turn, quarters in _TURNS.items()}
    row = []
    for i, letter in enumerate(word.text):
        at = word._replace(column=word.column + i)
        if letter not in _STRING:
            hint = "write {{{colour, turn, state}, ...}, ...}, or turns as in RL: R L N U"
            raise source.error_at(at, f"'{letter}' in a string of turns", hint)
        colour = str((i + 1) % len(word.text))
        row.append(
            Triple(
                at._replace(text=colour),
                at._replace(text=turn_of[_STRING[letter]]),
                at._replace(text="0"),
            )
        )
    if len(words) > 1:
        raise source.error_at(words[1], f"'{words[1].text}' after a string of turns")
    return [row]


def write_turmite(machine: Machine) -> bytes:
    """The machine by compass; states and colours become numbers, the start and the blank 0.

    Raises:
        LimitError: it is on a tape, an entry is missing (which would be a step here), stays
            somewhere without halting or moves as it halts, or it has several halting states or an
            input.
    """
    check_whole(machine, "turmite")
    if not machine.planar:
        raise cannot_hold(machine, "turmite", "a tape")
    states = sorted(working_states(machine), key=lambda state: state != machine.start)
    symbols = sorted(range(len(machine.symbols)), key=lambda symbol: symbol != machine.blank)
    state_number = {state: i for i, state in enumerate(states)}
    colour = {symbol: i for i, symbol in enumerate(symbols)}
    letters = {Move.STAY: ""} | {move: letter for letter, move in _MOVES.items()}
    cells = {}
    for rule in machine.rules():
        dies = rule.following not in state_number
        if dies != (rule.move is Move.STAY):
            does = "moves as it halts" if dies else "stays without halting"
            which = entry(machine, rule.state, rule.symbol)
            raise cannot_hold(machine, "turmite", f"{which}, which {does}")
        following = state_number.get(rule.following, 0)
        text = f"{{{colour[rule.write]},'{letters[rule.move]}',{following}}}"
        cells[rule.state, rule.symbol] = text
    rows = ["{" + ",".join(cells[state, symbol] for symbol in symbols) + "}" for state in states]
    return ("{" + ",\n ".join(rows) + "}\n").encode()
