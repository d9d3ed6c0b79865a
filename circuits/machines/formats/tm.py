"""Lines of five words: the text of Morphett's simulator, and of our own machines on a plane.

    ; adds 1 to a binary number. $INITIAL_TAPE: 1011
    0 _ _ l carry      ; state symbol, symbol to write, direction, next state
    0 * * r 0          ; * any symbol, or any state; to write it: leave what is there
    carry 1 0 l *      ; * as the next state: stay in this one
    carry * 1 * halt   ; * as a direction: do not move

(https://morphett.info/turing/turing.html; the grammar is that of its `jsturing.js`.) ``_`` is the
blank, a symbol is one character, and states whose names begin with ``halt`` in any case halt. Of
the lines that fit, one for this state and symbol goes first, then this state and ``*``, then ``*``
and this symbol, then ``* *``; wildcards stand for all symbols that the file reads, writes or has as
its input. A sixth word ``!``, a breakpoint, is not looked at. Two lines for one state and symbol
that differ: the last holds, as on the site, with a `circuits.errors.SourceWarning`.

Here, unlike there, directions are ``l r u d s *``, in any case, the machine being on a plane if
there is a ``u`` or ``d``; a line that is not right is an error and not skipped; and comments may
say what the site asks for on its page or cannot do (the site sees ``$INITIAL_TAPE`` only):

    ; $START: carry            the state to start in; else 0 if there is one, else the first named
    ; $INITIAL_TAPE: 1011      the input, blanks within it being blank; at the end of the file there
    ; $UNDEFINED: halt         a state and symbol without a line halt, and that is no step
    ; $PLANAR: yes             the machine is on a plane, though it only goes left and right

How this maps to the project's convention: without ``$UNDEFINED`` a state and symbol without a line
halt *and count a step*, as on the site. They get an entry that writes what is there, does not move
and goes to the state ``halt``. The site's one-way tape is not told by its files and not read.
"""

from __future__ import annotations

from circuits.formats.suggest import suggest
from circuits.formats.text import SourceText
from circuits.machines.formats.foreign import open_text
from circuits.machines.formats.table import build_machine, check_size, chosen_start
from circuits.machines.formats.tm_lines import ANY, BLANK, Line, Program, halts, read_program
from circuits.machines.formats.tm_writer import write_tm
from circuits.machines.machine import Machine, Move

__all__ = ["read_tm", "write_tm"]

_FIRST = "0"
_STOPPED = "halt"
"""Where the site goes for want of a line."""


def read_tm(data: bytes, file: str = "", *, start: str | None = None) -> Machine:
    """The machine of a .tm file.

    Where no line fits the machine halts with a step, or with ``$UNDEFINED: halt`` without one.

    Args:
        data: the file.
        file: its name, for messages.
        start: a state to start in, whatever the file says.

    Raises:
        SourceError: with the place of what is wrong.
        LimitError: the wildcards stand for too many entries.
    """
    source = open_text(data, file)
    program = read_program(source)
    if not program.lines and "START" not in program.directives:
        hint = "a line is 'state symbol newsymbol direction newstate'"
        raise source.error("there is no machine in this file", 1, hint=hint)
    first = _start(source, program, start)
    named = [state for line in program.lines for state in (line.state, line.following)]
    states = list(dict.fromkeys([first, *(state for state in named if state != ANY)]))
    met = [symbol for line in program.lines for symbol in (line.symbol, line.write)]
    met += program.given
    symbols = list(dict.fromkeys([BLANK, *(symbol for symbol in met if symbol != ANY)]))
    check_size(source, len(states), len(symbols))
    rules, lines = _expanded(program, states, symbols)
    moves = {line.move for line in program.lines}
    return build_machine(
        source,
        rules,
        lines,
        start=first,
        blank=BLANK,
        states=states,
        symbols=symbols,
        planar=program.planar or not moves.isdisjoint((Move.UP, Move.DOWN)),
        given=program.given,
    )


def _start(source: SourceText, program: Program, start: str | None) -> str:
    """The state to start in; it may be any if there are lines for any state."""
    current = [line.state for line in program.lines]
    named = {line.following for line in program.lines}.union(current) - {ANY}
    asked = program.directives.get("START")
    if start is not None:
        anything = ANY in current or halts(start)
        return start if anything else chosen_start(source, start, start, named)
    if asked is not None:
        if named and ANY not in current and not halts(asked.text) and asked.text not in named:
            message = f"no state '{asked.text}' to start in"
            raise source.error_at(asked, message, suggest(asked.text, named))
        return asked.text
    return _FIRST if _FIRST in current or current[0] == ANY else current[0]


def _expanded(
    program: Program, states: list[str], symbols: list[str]
) -> tuple[dict[tuple[str, str], tuple[str, Move, str]], dict[tuple[str, str], int]]:
    """Entries, and their lines, for every state and symbol."""
    last = {(line.state, line.symbol): line for line in program.lines}
    rules, lines = {}, {}
    for state in states:
        if halts(state):
            continue
        for symbol in symbols:
            line = _fitting(last, state, symbol)
            if line is not None:
                write = symbol if line.write == ANY else line.write
                following = state if line.following == ANY else line.following
                rules[state, symbol] = write, line.move, following
                lines[state, symbol] = line.number
            elif not program.undefined_halts:
                rules[state, symbol] = symbol, Move.STAY, _STOPPED
    return rules, lines


def _fitting(last: dict[tuple[str, str], Line], state: str, symbol: str) -> Line | None:
    """The line that holds for a state and a symbol."""
    for place in ((state, symbol), (state, ANY), (ANY, symbol), (ANY, ANY)):
        if place in last:
            return last[place]
    return None
