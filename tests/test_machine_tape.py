"""Cells as text: every sign that may stand for one, and what is shown read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import Refusal

from circuits.errors import LimitError
from circuits.machines.machine import Machine, Move
from circuits.machines.tape import Tape, parse_tape, show_tape


def with_symbols(*symbols: str, planar: bool = False) -> Machine:
    """A machine of these symbols, the first of them blank."""
    rules = {("A", symbols[0]): (symbols[0], Move.LEFT, "A")}
    return Machine.of_rules(rules, start="A", blank=symbols[0], symbols=symbols, planar=planar)


BITS = with_symbols(" ", "0", "1")
DIGITS = with_symbols("0", "1")
PLANE = with_symbols("_", "0", "1", planar=True)
WORDS = with_symbols("white", "black", "0")


@pytest.mark.parametrize("blank", [" ", "_"])
def test_a_blank_is_written_in_two_ways(blank: str) -> None:
    machine = with_symbols(blank, "0", "1")
    assert parse_tape(machine, "1 0_1") == Tape(((2, 0, 1, 0, 2),))


def test_another_blank_is_written_as_itself() -> None:
    assert parse_tape(DIGITS, "0110").rows == ((0, 1, 1, 0),)


def test_what_is_a_symbol_is_that_symbol() -> None:
    machine = with_symbols(" ", "_", "*", "/", "\n")
    assert parse_tape(machine, "_ */\n").rows == ((1, 0, 2, 3, 4),)
    assert show_tape(machine, [(1, 0, 2, 3, 4)]) == "_ */\n"


def test_a_line_end_after_the_last_cell_is_dropped() -> None:
    for text in ("01", "01\n", "01\r\n"):
        assert parse_tape(BITS, text).rows == ((1, 2),)
    assert parse_tape(BITS, "01 \n").rows == ((1, 2, 0),)
    assert parse_tape(BITS, "").rows == ((),)


@pytest.mark.parametrize(("text", "x"), [("*01", 0), ("0*1", 1), ("01*", 2), ("01", 0), ("*", 0)])
def test_a_star_is_where_the_head_is(text: str, x: int) -> None:
    tape = parse_tape(BITS, text)
    assert tape == Tape((tuple("_01".index(c) for c in text if c != "*"),), (x, 0))


@pytest.mark.parametrize("text", ["01/1/_*00", "01\n1\n_*00\n", "01\r\n1__/ *00"])
def test_rows_of_a_plane_are_filled_up(text: str) -> None:
    assert parse_tape(PLANE, text) == Tape(((1, 2, 0), (2, 0, 0), (0, 1, 1)), (1, 2))


def test_symbols_of_several_characters_are_words() -> None:
    tape = parse_tape(WORDS, "  black white *0 black ")
    assert tape == Tape(((1, 0, 2, 1),), (2, 0))
    assert parse_tape(WORDS, "black *").head == (1, 0)
    plane = with_symbols("_", "big", planar=True)
    assert parse_tape(plane, "big big\n_ / *big").rows == ((1, 1), (0, 0), (1, 0))
    assert show_tape(plane, [(1, 1), (0, 1)], head=(1, 1)) == "big big\n_ *big"


BITS_ARE = "the symbols are _ 0 1"
REFUSALS = [
    (BITS, Refusal("01x", "tape:1:3: 'x' is no symbol", BITS_ARE)),
    (BITS, Refusal("0*1*", "tape:1:4: a second head", "a machine has one head")),
    (BITS, Refusal("0/1", "tape:1:2: a second row", "the machine is on a tape")),
    (BITS, Refusal("0\n1", "tape:1:2: a second row", "the machine is on a tape")),
    (PLANE, Refusal("0\n2", "tape:2:1: '2' is no symbol", BITS_ARE)),
    (PLANE, Refusal("0\r\n1/2", "tape:2:3: '2' is no symbol", BITS_ARE)),
    (WORDS, Refusal("black 01", "tape:1:7: '01' is no symbol", "the symbols are white black 0")),
    (WORDS, Refusal("*red", "tape:1:2: 'red' is no symbol", "the symbols are white black 0")),
    (DIGITS, Refusal("0 1", "tape:1:2: ' ' is no symbol", "the symbols are 0 1")),
    (DIGITS, Refusal("0_1", "tape:1:2: '_' is no symbol", "the symbols are 0 1")),
]


@pytest.mark.parametrize(("machine", "refusal"), REFUSALS)
def test_what_is_no_cell_is_refused_at_its_place(machine: Machine, refusal: Refusal) -> None:
    refusal.check(lambda text: parse_tape(machine, text))


def test_what_cannot_be_shown_is_refused() -> None:
    for symbols in (("0", "a b"), ("_", " ", "10")):
        with pytest.raises(LimitError, match="cannot be told from one between cells"):
            show_tape(with_symbols(*symbols), [(0, 1)])
    lines = with_symbols("0", "\n", planar=True)
    assert show_tape(lines, [(0, 1)]) == "0\n"
    with pytest.raises(LimitError, match="cannot be told from one between cells"):
        show_tape(lines, [(0, 1), (0, 0)])
    for head in ((3, 0), (-1, 0), (0, 1)):
        with pytest.raises(LimitError, match=r"the head at .* cannot be marked by '\*'"):
            show_tape(BITS, [(0, 1)], head=head)
    with pytest.raises(LimitError, match="cannot be marked"):
        show_tape(with_symbols("0", "*"), [(0, 1)], head=(0, 0))


@st.composite
def cells(draw: st.DrawFn) -> tuple[Machine, Tape]:
    several, planar = draw(st.booleans()), draw(st.booleans())
    letters = st.sampled_from(" _01*/x☺") if not several else st.sampled_from("_01x☺")
    names = st.text(letters, min_size=1, max_size=3 if several else 1)
    symbols = draw(st.lists(names, min_size=1, max_size=5, unique=True))
    machine = with_symbols(*symbols, planar=planar)
    width = draw(st.integers(1, 6))
    row = st.lists(st.integers(0, len(symbols) - 1), min_size=width, max_size=width).map(tuple)
    count = draw(st.integers(1, 4)) if planar else 1
    rows = tuple(draw(st.lists(row, min_size=count, max_size=count)))
    return machine, Tape(rows, (draw(st.integers(0, width)), draw(st.integers(0, count - 1))))


@given(cells())
def test_what_is_shown_is_read_again(case: tuple[Machine, Tape]) -> None:
    machine, tape = case
    assert parse_tape(machine, show_tape(machine, tape.rows)).rows == tape.rows
    if "*" not in machine.symbols:
        assert parse_tape(machine, show_tape(machine, tape.rows, tape.head)) == tape
