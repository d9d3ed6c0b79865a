"""Morphett's lines of five words and our own: each trap, each refusal, programs with results."""

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from machine_behaviour import assert_does_the_same, by_name, damaged, ran, reads_or_refuses, rows
from oracle import SHARED, needs_shared
from refusals import Refusal

from circuits.errors import LimitError, SourceError, SourceWarning
from circuits.machines.configuration import Outcome, initial
from circuits.machines.formats.tm import read_tm, write_tm
from circuits.machines.machine import Machine, Move
from circuits.machines.run import run
from circuits.machines.tape import parse_tape

INCREMENT = """\
; adds 1 to a binary number. $INITIAL_TAPE: 1011
0 _ _ l carry      ; state symbol, symbol to write, direction, next state
0 * * r 0          ; * any symbol, or any state; to write it: leave what is there
carry 1 0 l *      ; * as the next state: stay in this one
carry * 1 * halt   ; * as a direction: do not move
"""

ADD = """\
; adds two binary numbers: takes 1 from the second and gives it to the first, until it is 0
go _ _ r seek
go * * r go
seek _ _ l take
seek * * r seek
take 0 1 l take      ; borrow
take 1 0 l back
take _ _ r wipe      ; there was nothing left: every digit has become 1
back _ _ l give
back * * l back
give 1 0 l give      ; carry
give * 1 r home
home _ _ r seek
home * * r home
wipe 1 _ r wipe
wipe * * * halt
"""

PALINDROME = """\
; $START: first
first 0 _ r seek-0
first 1 _ r seek-1
first _ _ * halt-accept
seek-0 _ _ l last-0
seek-1 _ _ l last-1
last-0 0 _ l back
last-1 1 _ l back
last-0 _ _ * HALT-ACCEPT
last-1 _ _ * HALT-ACCEPT
last-0 * * * halt-reject
last-1 * * * halt-reject
back _ _ r first
back * * l back
* 0 0 r *              ; what is left: the two states that seek
* 1 1 r *
"""

SHAPE = "a line is 'state symbol newsymbol direction newstate'; the site would skip this one"
KNOWN = "known are DEBUG, INITIAL_TAPE, PLANAR, START, UNDEFINED"


def read(text: str, start: str | None = None) -> Machine:
    return read_tm(text.encode(), "a.tm", start=start)


def test_reads_the_example_of_the_documentation() -> None:
    machine = read(INCREMENT)
    assert machine.states == ("0", "carry", "halt")
    assert machine.symbols == ("_", "1", "0")
    assert (machine.start, machine.blank, machine.planar) == (0, 0, False)
    assert [machine.symbols[symbol] for symbol in machine.input] == list("1011")
    assert rows(machine) == {
        ("0", "_"): ("_", Move.LEFT, "carry"),
        ("0", "0"): ("0", Move.RIGHT, "0"),
        ("0", "1"): ("1", Move.RIGHT, "0"),
        ("carry", "1"): ("0", Move.LEFT, "carry"),
        ("carry", "0"): ("1", Move.STAY, "halt"),
        ("carry", "_"): ("1", Move.STAY, "halt"),
    }
    assert machine.lines.tolist() == [[2, 3, 3], [5, 4, 5], [0, 0, 0]]
    assert ran(machine)[:3] == (8, "halt", "1100")


@pytest.mark.parametrize(("a", "b"), [(0, 0), (0, 1), (1, 0), (6, 5), (7, 9), (54, 43), (8, 13)])
def test_a_program_adds(a: int, b: int) -> None:
    result = ran(read(ADD, start="go"), f"{a:b} {b:b}")
    assert int(result.tape.strip("_"), 2) == a + b
    assert result.state == "halt"


@pytest.mark.parametrize("word", ["", "0", "1", "01", "10", "101", "1001", "10010", "0110110"])
def test_a_program_knows_palindromes(word: str) -> None:
    result = ran(read(PALINDROME), word)
    assert result.state.lower() == ("halt-accept" if word == word[::-1] else "halt-reject")
    assert read(PALINDROME).halting == {
        read(PALINDROME).states.index(name) for name in ("halt-accept", "HALT-ACCEPT",
                                                         "halt-reject")
    }  # fmt: skip


def test_of_the_lines_that_fit_the_narrowest_holds() -> None:
    lines = ["a 0 1 l a", "a * 2 l a", "* 0 3 l a", "* * 4 l a"]
    expected = {("a", "0"): "1", ("a", "1"): "2", ("b", "0"): "3", ("b", "1"): "4"}
    for some in (lines, lines[::-1]):  # whatever their order
        machine = read("\n".join(["; $START: a", "b 5 5 r b", *some]))
        got = rows(machine)
        assert {place: got[place][0] for place in expected} == expected


def test_wildcards_stand_for_what_is_read_written_or_given() -> None:
    text = "; $INITIAL_TAPE: x\na 1 2 r a\na * * l b\nb * 3 * halt\n"
    machine = read(text)
    assert set(machine.symbols) == set("_123x")
    assert sum(place[0] == "b" for place in rows(machine)) == 5
    assert all(rows(machine)["a", s] == (s, Move.LEFT, "b") for s in "_23x")


def test_lines_for_any_state_are_none_for_states_that_halt() -> None:
    machine = read("* * 1 r Halted\n", start="q")
    assert machine.halting == {machine.states.index("Halted")}
    assert len(machine) == 2


def test_for_want_of_a_line_the_machine_halts_and_counts_a_step() -> None:
    machine = read("0 0 1 r 0\n")
    assert rows(machine)["0", "_"] == ("_", Move.STAY, "halt")
    assert rows(machine)["0", "1"] == ("1", Move.STAY, "halt")
    assert ran(machine, "00")[:3] == (3, "halt", "11")


def test_a_state_without_lines_halts_and_counts_a_step() -> None:
    machine = read("0 0 1 r done\n")
    assert ran(machine, "00")[:3] == (2, "halt", "10")
    assert "done" not in {machine.states[state] for state in machine.halting}


def test_undefined_entries_may_halt_without_a_step() -> None:
    machine = read("0 0 1 r done ; $UNDEFINED: halt\n")
    assert ran(machine, "00")[:3] == (1, "done", "10")
    assert len(machine) == 1
    assert machine.halting == {machine.states.index("done")}


def test_the_last_of_two_lines_holds_with_a_warning() -> None:
    with pytest.warns(SourceWarning) as caught:
        machine = read("0 0 1 r 0\n 0 0 _ l 0\n")
    assert rows(machine)["0", "0"] == ("_", Move.LEFT, "0")
    assert str(caught[0].message) == (
        "a.tm:2:2: state '0' and symbol '0' are on line 1 too\n"
        "     0 0 _ l 0\n"
        "     ^\n"
        "  help: the last line holds; a machine does one thing"
    )
    assert len(caught) == 1


def test_a_line_said_twice_is_no_matter() -> None:
    assert len(read("0 0 1 R 0\n0 0 1 r 0 !\n* 0 0 l *\n* 0 0 l *\n")) == 3


def test_a_line_of_a_state_that_halts_is_warned_of() -> None:
    with pytest.warns(SourceWarning) as caught:
        machine = read("0 0 1 r Halt\nHalt 0 1 r 0\n")
    assert str(caught[0].message).splitlines()[0] == (
        "a.tm:2:1: state 'Halt' halts by its name, so this line is never used"
    )
    assert "Halt" in {machine.states[state] for state in machine.halting}


def test_a_directive_that_means_nothing_is_warned_of() -> None:
    with pytest.warns(SourceWarning) as caught:
        read("0 0 1 r 0 ; see $STRAT: 1\n")
    assert str(caught[0].message).splitlines()[::3] == [
        "a.tm:1:17: $STRAT means nothing here",
        "  help: did you mean START?",
    ]
    assert len(read("0 0 1 r 0 ; $DEBUG: 4 and $5: costs $MORE\n")) == 3


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("a 0 1 r b\n0 0 1 r a\n", "0"),
        ("a 0 1 r b\nb 0 1 r 0\n", "a"),
        ("* 0 1 r b\nb 0 1 r b\n", "0"),
        ("a 0 1 r b\n0 0 1 r a ; $START: b\n", "b"),
        ("a 0 1 r b ;$START:b\n", "b"),
        ("* 0 1 r b ; $START: anything\n", "anything"),
        ("a 0 1 r b ; $START: halted\n", "halted"),
        ("; $START: a\n", "a"),
    ],
)
def test_where_it_starts(text: str, start: str) -> None:
    machine = read(text)
    assert machine.states[machine.start] == start


def test_another_start_may_be_asked_for() -> None:
    text = "a 0 1 r b\nb 0 1 r a ; $START: b\n"
    for start in ("a", "b", "halt", "HALTED"):
        machine = read(text, start=start)
        assert machine.states[machine.start] == start
    Refusal(text, "a.tm: no state 'c' to start in", "known are a, b").check(
        lambda text: read(text, start="c")
    )
    assert read("* 0 1 r a\n", start="c").start == 0


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("; $INITIAL_TAPE: 110 01", "110_01"),
        (";$INITIAL_TAPE:1001", "1001"),
        ("; a hack. $INITIAL_TAPE 01   ", "01"),
        ("; $INITIAL_TAPE: *01", "01"),
        ("; $INITIAL_TAPE: 0_ _1", "0___1"),
        ("; $INITIAL_TAPE: ", ""),
        ("; tape", ""),
    ],
)
def test_the_input(text: str, given: str) -> None:
    machine = read(f"0 0 1 r 0\n{text}\r\n")
    assert "".join(machine.symbols[symbol] for symbol in machine.input) == given


def test_words_are_apart_by_any_blanks_and_comments_begin_anywhere() -> None:
    text = "\ufeff\t 0  0\t1   R\t0;\r\n\n;\n   \n0 1 ; $UNDEFINED: halt\n"
    with pytest.raises(SourceError, match=r"a.tm:5:3: 2 words in a line of five"):
        read(text)
    assert rows(read(text.replace("0 1 ;", ";"))) == {("0", "0"): ("1", Move.RIGHT, "0")}


def test_states_are_told_apart_by_case_and_directions_are_not() -> None:
    machine = read("q 0 1 L Q\nQ 0 1 l q\n; $UNDEFINED: halt")
    assert machine.states == ("q", "Q")
    assert set(machine.move[machine.write >= 0].tolist()) == {Move.LEFT}


def test_up_and_down_make_a_plane() -> None:
    text = "; $UNDEFINED: halt\na 0 0 {} a\n"
    moves = {"u": Move.UP, "D": Move.DOWN, "s": Move.STAY, "S": Move.STAY, "*": Move.STAY}
    for letter, move in moves.items():
        machine = read(text.format(letter))
        assert rows(machine)["a", "0"][1] is move
        assert machine.planar == (move in (Move.UP, Move.DOWN))
    assert read("; $PLANAR: yes\n" + text.format("r")).planar


REFUSALS = [
    Refusal("", "a.tm:1: there is no machine in this file", SHAPE.partition(";")[0]),
    Refusal("; x\n", "a.tm:1: there is no machine in this file", SHAPE.partition(";")[0]),
    Refusal("0 0 1 r 0\n0 0 1 r\n", "a.tm:2:7: 4 words in a line of five", SHAPE),
    Refusal("0\n", "a.tm:1:1: 1 words in a line of five", SHAPE),
    Refusal("0 0 1 r 0 ! x\n", "a.tm:1:13: 7 words in a line of five", SHAPE),
    Refusal("q 0 _ 1 _ r * q2\n", "a.tm:1:13: 8 words in a line of five", SHAPE),
    Refusal("0 0 1 r 0 x\n", "a.tm:1:11: 'x' as a sixth word, which can only be '!'", SHAPE),
    Refusal(
        "0 01 1 r 0\n",
        "a.tm:1:3: the symbol '01' has 2 characters",
        "a symbol is one character, on one tape; the site would skip this line",
    ),
    Refusal(
        "0 0 10 r 0\n",
        "a.tm:1:5: the symbol '10' has 2 characters",
        "a symbol is one character, on one tape; the site would skip this line",
    ),
    Refusal(
        "0 0 1 right 0\n",
        "a.tm:1:7: the direction 'right'",
        "directions are l r u d s *; the site would skip this line",
    ),
    Refusal("a 0 1 r b\n; $START: aa\n", "a.tm:2:11: no state 'aa' to start in",
            "did you mean a?"),
    Refusal("a 0 1 r b\n; $START: a b\n", "a.tm:2:11: 'a b' for $START", "give one state"),
    Refusal("a 0 1 r b\n; $START:\n", "a.tm:2:10: '' for $START", "give one state"),
    Refusal("; $START: a\na 0 1 r b\n; $START: a\n",
            "a.tm:3:11: $START again; it is first on line 1", "keep one"),
    Refusal("a 0 1 r b\n; $UNDEFINED: step\n", "a.tm:2:15: 'step' for $UNDEFINED", "say halt"),
    Refusal("a 0 1 r b\n; $PLANAR: no\n", "a.tm:2:12: 'no' for $PLANAR", "say yes"),
    Refusal(
        "a 0 1 r b\n; $INITIAL_TAPE: 01*1\n",
        "a.tm:2:20: the head starts on the first symbol of an input",
        "leave out the '*', and say where the head starts when the machine is run",
    ),
    Refusal(
        "name: x\ninit: q0\naccept: q1\nq0,0\nq1,1,>\n",
        "a.tm:2: a file of turingmachinesimulator.com, which is not read",
        "read are bb, yaml, tm and turmite: one head, one tape or plane, one entry at a time",
    ),
]  # fmt: skip


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_is_wrong_is_refused_at_its_place(refusal: Refusal) -> None:
    refusal.check(read)


def test_a_byte_that_is_no_text_is_refused() -> None:
    with pytest.raises(SourceError, match=r"a.tm:2:3: byte 0xff is not text"):
        read_tm(b"0 0 1 r 0\n0 \xff 1 r 0\n", "a.tm")


def test_too_many_entries_are_refused_at_once() -> None:
    many = "\n".join(f"q{i} {chr(0x4E00 + i)} 1 r *" for i in range(2000))
    with pytest.raises(LimitError, match=r"a.tm: 2000 states and 2002 symbols; at most 32767 "):
        read(many)


@given(damaged(INCREMENT.encode(), PALINDROME.encode(), b"a 0 1 u b ; $PLANAR: yes\n"))
@settings(max_examples=300)
def test_a_damaged_file_is_read_or_refused(data: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SourceWarning)
        reads_or_refuses(read_tm, data)


NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Z", "Cc"], exclude_characters=";*"),
    min_size=1,
    max_size=4,
).filter(lambda name: not name.isspace() and name == "".join(name.split()))


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    """Machines of all kinds whose names are words: tape or plane, holes, states that halt."""
    states = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    states = [name for name in states if not name.lower().startswith("halt")] or ["q"]
    halting = draw(st.lists(st.sampled_from(["halt", "Halt-1", "done", "x"]), unique=True))
    halting = [name for name in halting if name not in states]
    letters = draw(st.lists(NAMES.map(lambda name: name[0]), min_size=1, unique=True, max_size=5))
    symbols = ["_", *(letter for letter in letters if letter != "_")]
    planar, there = draw(st.booleans()), draw(st.sampled_from([0.8, 1, 0.4]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def one_of(names: Sequence[str]) -> str:
        return names[int(rng.integers(len(names)))]

    moves = list(Move) if planar else [Move.LEFT, Move.RIGHT, Move.STAY]
    rules = {
        (state, symbol): (
            one_of(symbols),
            moves[rng.integers(len(moves))],
            one_of(states + halting),
        )
        for state in states
        for symbol in symbols
        if rng.random() < there
    }
    given = tuple(one_of(symbols) for _ in range(rng.integers(4)))
    named = [
        state for (state, _), (_, _, following) in rules.items() for state in (state, following)
    ]
    start = one_of(named or states)
    return Machine.of_rules(rules, start=start, blank="_", planar=planar, input=given)


@given(machines())
@settings(max_examples=200)
def test_what_is_written_does_the_same_when_read(machine: Machine) -> None:
    again = read_tm(write_tm(machine))
    assert_does_the_same(machine, again, by_name(machine, again))


def test_what_is_written_needs_no_directive_that_the_site_lacks_if_it_can() -> None:
    machine = read(INCREMENT)
    assert write_tm(machine).decode().splitlines()[:3] == [
        "; $START: 0",
        "; $INITIAL_TAPE: 1011",
        "0 _ _ l carry",
    ]
    assert b"UNDEFINED" not in write_tm(machine)


def test_the_blank_is_written_as_the_format_has_it() -> None:
    rules = {("A", " "): ("1", Move.RIGHT, "A"), ("A", "1"): (" ", Move.STAY, "halt")}
    machine = Machine.of_rules(rules, start="A", blank=" ", input=("1", " ", "1"))
    assert write_tm(machine) == (b"; $START: A\n; $INITIAL_TAPE: 1_1\nA _ 1 r A\nA 1 _ s halt\n")
    again = read_tm(write_tm(machine))
    assert_does_the_same(machine, again, {0: 0, 1: 1})


@pytest.mark.parametrize(
    ("machine", "header"),
    [
        ("A 0 1 r A\n; $UNDEFINED: halt", "; $UNDEFINED: halt"),
        ("A 0 1 r done\n; $UNDEFINED: halt", "; $UNDEFINED: halt"),
        ("b 0 1 r A\nA 1 0 r A\n; $START: A", "; $START: A"),
        ("A * * r A\n; $PLANAR: yes", "; $PLANAR: yes"),
    ],
)
def test_what_the_site_cannot_do_is_written_as_a_directive(machine: str, header: str) -> None:
    written = write_tm(read(machine)).decode()
    assert header in written.splitlines()
    once = read(machine)
    assert_does_the_same(once, read(written), by_name(once, read(written)))


def test_a_state_that_halts_by_another_name_needs_a_directive() -> None:
    machine = Machine.of_rules({("A", "_"): ("_", Move.LEFT, "stop")}, start="A", blank="_")
    assert "; $UNDEFINED: halt\n" in write_tm(machine).decode()
    assert ran(read_tm(write_tm(machine)))[:2] == (1, "stop")
    named = Machine.of_rules({("A", "_"): ("_", Move.LEFT, "Halt")}, start="A", blank="_")
    assert "$UNDEFINED" not in write_tm(named).decode()
    assert ran(read_tm(write_tm(named)))[:2] == (1, "Halt")


def test_what_the_format_cannot_hold_is_not_written() -> None:
    def cannot(what: str, state: str = "A", symbol: str = "0", following: str = "B") -> None:
        rules = {(state, symbol): (symbol, Move.LEFT, following)}
        machine = Machine.of_rules(rules, start=state, blank="b", name="odd")
        with pytest.raises(LimitError) as caught:
            write_tm(machine)
        assert str(caught.value) == f"machine odd: the tm format cannot hold {what}"

    cannot("the state 'halting', which halts there by its name", state="halting")
    cannot("the state 'a b'", state="a b")
    cannot("the state '*'", following="*")
    cannot("the state 'a;b'", following="a;b")
    cannot("the symbol '10'", symbol="10")
    cannot("the symbol '*'", symbol="*")
    cannot("the symbol ';'", symbol=";")
    cannot("the symbol ' '", symbol=" ")
    cannot("the symbol '_', which is its blank", symbol="_")
    cannot("the character '\\ud800' of a name", state="\ud800")
    machine = Machine.of_rules({("A", "0"): ("0", Move.LEFT, "A")}, start="done", blank="0")
    with pytest.raises(LimitError, match="'done', which has no entries and follows on none"):
        write_tm(machine)
    resting = Machine.of_rules({("A", "0"): ("0", Move.LEFT, "A")}, start="halted", blank="0")
    assert ran(read_tm(write_tm(resting)))[:2] == (0, "halted")
    empty = Machine.of_rules({}, start="any", blank="0", name="empty")
    assert ran(read_tm(write_tm(empty)))[:2] == (0, "any")


def test_a_symbol_that_is_never_used_is_left_out() -> None:
    machine = replace(read(INCREMENT), input=())
    wider = Machine.of_rules(rows(machine), start="0", blank="_", symbols=("_", "unused"))
    assert set(read_tm(write_tm(wider)).symbols) == {"_", "0", "1"}


@needs_shared
@pytest.mark.parametrize("name", ["gf2_G14", "gf2_G14_topleft", "gf2_G17", "gf2_G17_topleft"])
def test_the_shared_machines_on_a_plane_predict(name: str) -> None:
    path = SHARED / "turing" / "gf2_machine" / f"{name}.txt"
    machine = read_tm(path.read_bytes(), str(path), start="I")
    assert machine.planar
    rng = np.random.default_rng(5)
    for _ in range(40):
        n = int(rng.integers(1, 6))
        m = n + int(rng.integers(0, 6))
        hidden, samples = rng.integers(2, size=n), rng.integers(2, size=(m, n))
        chosen = rng.integers(2, size=m)  # the query is in their span
        query = chosen @ samples % 2
        table = np.column_stack([samples, samples @ hidden % 2])
        text = "/".join("".join(map(str, row)) for row in table.tolist())
        text += "/" + "".join(map(str, query.tolist())) + "_"
        tape = parse_tape(machine, text)
        head = (0, 0) if "topleft" in name else (0, m)
        result = run(machine, initial(machine, tape.rows, head=head), 10**6)
        assert result.outcome is Outcome.HALTED
        x, y = result.configuration.head
        answer = machine.symbols[result.configuration.symbol(x, y, machine.blank)]
        assert answer == str(query @ hidden % 2)
        assert ((x, y) == (n, m)) or "G17" in name


@needs_shared
def test_the_shared_machine_that_says_two_things_is_warned_of() -> None:
    path = SHARED / "turing" / "gf2_machine" / "rcnn_parity.txt"
    with pytest.warns(
        SourceWarning, match=r"rcnn_parity.txt:\d+:1: state 'D0' and symbol"
    ) as caught:
        machine = read_tm(path.read_bytes(), str(path), start="S")
    assert len(caught) == 3
    assert machine.states[machine.start] == "S"
