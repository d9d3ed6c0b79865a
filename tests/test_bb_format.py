"""Tables of the busy beaver listings: each trap, each refusal, and the listings themselves."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from machine_behaviour import (
    assert_does_the_same,
    blank_first,
    damaged,
    ran,
    reads_or_refuses,
)
from oracle import SHARED, needs_shared
from refusals import Refusal

from circuits.errors import LimitError
from circuits.machines.formats.bb import read_bb, read_bb_list, write_bb
from circuits.machines.machine import Machine, Move

SHAPE = "a table is rows joined by '_', an entry for each symbol, as in 1RB1LB_1LA1RZ"
ENTRY = f"an entry is a digit, L or R, a capital letter; or ---; {SHAPE}"


def read(text: str, start: str | None = None) -> Machine:
    return read_bb(text.encode(), "a.bb", start=start)


def test_reads_the_example_of_the_documentation() -> None:
    machine = read("1RB1LB_1LA1RZ Halt 6 4\n")
    assert machine.states == ("A", "B", "Z")
    assert machine.symbols == ("0", "1")
    assert (machine.start, machine.blank, machine.halting) == (0, 0, frozenset({2}))
    assert (machine.name, machine.source, machine.planar) == ("", "a.bb", False)
    assert [tuple(rule) for rule in machine.rules()] == [
        (0, 0, 1, Move.RIGHT, 1), (0, 1, 1, Move.LEFT, 1),
        (1, 0, 1, Move.LEFT, 0), (1, 1, 1, Move.RIGHT, 2),
    ]  # fmt: skip
    assert ran(machine)[::3] == (6, 4)


@pytest.mark.parametrize("text", ["1RB1LB_1LA1RZ", "1RB1LB_1LA1RH", "1RB1LB_1LA1RC"])
def test_every_letter_beyond_the_rows_halts(text: str) -> None:
    assert write_bb(read(text)) == b"1RB1LB_1LA1RZ\n"


def test_letters_beyond_the_rows_are_one_state() -> None:
    assert read("1RC1LZ_1LH1RD").states == ("A", "B", "Z")


def test_h_is_a_state_where_there_are_eight_rows() -> None:
    row = "1RH0LA"
    assert read("_".join([row] * 7)).halting == {7}
    eight = read("_".join([row] * 8))
    assert eight.states == tuple("ABCDEFGH")
    assert not eight.halting


def test_z_is_a_state_where_there_are_twenty_six_rows() -> None:
    machine = read("_".join(["1RZ0LA"] * 26))
    assert len(machine.states) == 26
    assert not machine.halting
    assert write_bb(machine) == b"_".join([b"1RZ0LA"] * 26) + b"\n"


def test_an_undefined_entry_of_twenty_six_rows_halts_too() -> None:
    machine = read("_".join(["1RZ---"] + ["1RZ0LA"] * 25))
    assert machine.states[-1] == "HALT"
    assert machine.halting == {26}


@pytest.mark.parametrize("undefined", ["---", "...", "1RZ"])
def test_an_undefined_entry_is_a_step_that_writes_and_moves(undefined: str) -> None:
    machine = read(f"1RB{undefined}_1LB0RC_1LC1LA")
    assert ran(machine) == (21, "Z", "11111", 5)
    rule = machine.rule(0, 1)
    assert rule is not None
    assert (rule.write, rule.move, machine.states[rule.following]) == (1, Move.RIGHT, "Z")


def test_several_entries_may_be_undefined() -> None:
    assert read("1RB------_---...1LA").halting == {2}


def test_comments_and_empty_lines_before_the_table_are_skipped() -> None:
    machine = read("\ufeff# 1RB1LB_1LA1RZ is commented out\n\n  1RB---_0LA0LB | None\r\n\n# end\n")
    assert machine.lines.max() == 3


def test_a_list_keeps_the_words_after_each_table() -> None:
    text = "1RB1LB_1LA1RZ Halt 6 4\n# none\n1RB1LA_1LA1RB | None Lin_Recur 9 3 <16\n"
    (first, verdict), (second, other) = read_bb_list(text.encode(), "a.txt")
    assert (first.name, verdict) == ("1RB1LB_1LA1RZ", ("Halt", "6", "4"))
    assert (second.name, other) == ("1RB1LA_1LA1RB", ("|", "None", "Lin_Recur", "9", "3", "<16"))
    assert second.lines.max() == 3
    assert read_bb_list(b"") == []


def test_another_start_may_be_asked_for() -> None:
    assert read("1RB1LB_1LA1RZ", start="B").start == 1


REFUSALS = [
    Refusal("", "a.bb:1: there is no machine in this file", SHAPE),
    Refusal("# none\n", "a.bb:1: there is no machine in this file", SHAPE),
    Refusal(
        "1RB1LB_1LA1RZ\n\n 1RB1LB_1LA1RZ",
        "a.bb:3:2: a second machine",
        "one machine a file; read_bb_list reads a list of them",
    ),
    Refusal("1RB 1LB  1LA 1RZ", "a.bb:1:1: a table of the older form, with blanks or ';'", SHAPE),
    Refusal("0RB ... ; 1LB", "a.bb:1:1: a table of the older form, with blanks or ';'", SHAPE),
    Refusal("1RB1LB;1LA1RZ", "a.bb:1:1: a table of the older form, with blanks or ';'", SHAPE),
    Refusal("1RB1LB_1LA", "a.bb:1:8: a row of 1 after rows of 2", SHAPE),
    Refusal("1RB_1LA0LB", "a.bb:1:5: a row of 2 after rows of 1", SHAPE),
    Refusal("1RB1LB_1LA1R", "a.bb:1:11: '1R' where an entry belongs", ENTRY),
    Refusal(" 1RB1LB__1LA1RZ", "a.bb:1:9: nothing where an entry belongs", ENTRY),
    Refusal("1RB1LB_", "a.bb:1:8: nothing where an entry belongs", ENTRY),
    Refusal("1RB1NB_1LA1RZ", "a.bb:1:4: '1NB' where an entry belongs", ENTRY),
    Refusal("1RB1lb_1LA1RZ", "a.bb:1:4: '1lb' where an entry belongs", ENTRY),
    Refusal("1RB1L-_1LA1RZ", "a.bb:1:4: '1L-' where an entry belongs", ENTRY),
    Refusal("ARB1LB_1LA1RZ", "a.bb:1:1: 'ARB' where an entry belongs", ENTRY),
    Refusal("\u0663RB1LB_1LA1RZ", "a.bb:1:1: '\u0663RB' where an entry belongs", ENTRY),
    Refusal("m4RXBsnf", "a.bb:1:1: 'm4R' where an entry belongs", ENTRY),
    Refusal("1RB2LB_1LA1RZ", "a.bb:1:4: 2LB writes 2", "rows of 2 have the symbols 0 to 1"),
    Refusal(
        "---", "a.bb:1:1: --- stands for 1RZ and writes 1", "rows of 1 have the symbols 0 to 0"
    ),
    Refusal(
        "_".join(["0RA"] * 27),
        "a.bb:1:1: 27 states and 1 symbols",
        "the format has 26 letters and 10 digits; write it as .tm",
    ),
    Refusal(
        "0RA" * 11,
        "a.bb:1:1: 1 states and 11 symbols",
        "the format has 26 letters and 10 digits; write it as .tm",
    ),
    Refusal(
        "<structure><type>turing</type></structure>",
        "a.bb:1: a JFLAP file, which is not read",
        "read are bb, yaml, tm and turmite: one head, one tape or plane, one entry at a time",
    ),
]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_is_wrong_is_refused_at_its_place(refusal: Refusal) -> None:
    refusal.check(read)


def test_an_unknown_start_is_refused() -> None:
    Refusal("1RB1LB_1LA1RZ", "a.bb: no state 'C' to start in", "known are A, B").check(
        lambda text: read(text, start="C")
    )


@given(damaged(b"1RB1LB_1LA1RZ Halt 6 4\n", b"1RB2LB1RZ_2LA---1LB\n", b"# two\n0RA...\n"))
@settings(max_examples=300)
def test_a_damaged_table_is_read_or_refused(data: bytes) -> None:
    reads_or_refuses(read_bb, data)


@st.composite
def tables(draw: st.DrawFn) -> Machine:
    """Machines without holes, with one halting state or none, blank and start anywhere."""
    states, symbols = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    work, halts = (states, symbols), int(draw(st.booleans()))
    none = np.full((halts, symbols), -1)
    return Machine(
        states=tuple(f"state {i}" for i in range(states + halts)),
        symbols=tuple(f"symbol {i}" for i in range(symbols)),
        start=int(rng.integers(states)),
        blank=int(rng.integers(symbols)),
        halting=frozenset(range(states, states + halts)),
        write=np.vstack([rng.integers(symbols, size=work), none]).astype(np.int16),
        move=np.vstack([rng.choice([Move.LEFT, Move.RIGHT], work), none]).astype(np.int8),
        following=np.vstack([rng.integers(states + halts, size=work), none]).astype(np.int16),
    )


@given(tables())
def test_what_is_written_does_the_same_when_read(machine: Machine) -> None:
    again = read_bb(write_bb(machine))
    assert_does_the_same(machine, again, blank_first(machine))
    assert write_bb(again) == write_bb(machine)


def cannot(machine: Machine, what: str) -> None:
    with pytest.raises(LimitError) as caught:
        write_bb(machine)
    assert str(caught.value) == f"machine beaver: the bb format cannot hold {what}"


BEAVER = replace(read("1RB1LB_1LA1RZ"), name="beaver")


def changed(
    rule: tuple[str, str], to: tuple[str, Move, str] | None, planar: bool | None = None
) -> Machine:
    """The beaver with another entry, or without one."""
    rules = {
        (BEAVER.states[r.state], BEAVER.symbols[r.symbol]): (
            BEAVER.symbols[r.write],
            r.move,
            BEAVER.states[r.following],
        )
        for r in BEAVER.rules()
    }
    if to is not None:
        rules[rule] = to
    else:
        del rules[rule]
    return Machine.of_rules(rules, start="A", blank="0", name="beaver", planar=planar)


def test_what_the_format_cannot_hold_is_not_written() -> None:
    cannot(
        changed(("B", "1"), None),
        "that the entry of state 'B' at '1' is missing: to halt there would be a step",
    )
    stays = changed(("A", "1"), ("0", Move.STAY, "B"))
    cannot(stays, "the entry of state 'A' at '1', which does not move")
    cannot(changed(("A", "1"), ("1", Move.LEFT, "N")), "several halting states: 'N' and 'Z'")
    cannot(changed(("A", "1"), ("1", Move.UP, "B")), "a plane")
    cannot(changed(("A", "1"), ("1", Move.LEFT, "B"), planar=True), "a plane")
    cannot(replace(BEAVER, input=(1,)), "an input: it starts on blanks")
    cannot(replace(BEAVER, start=2), "the start state 'Z', which has no entries")


def of_size(states: int, symbols: int, halts: bool) -> Machine:
    names = [f"q{i}" for i in range(states)]
    following = "q0" if not halts else "H"
    rules = {
        (name, str(s)): (str(s), Move.LEFT, following) for name in names for s in range(symbols)
    }
    return Machine.of_rules(rules, start="q0", blank="0", name="beaver")


def test_a_table_too_large_is_not_written() -> None:
    assert read_bb(write_bb(of_size(26, 10, halts=False))).states[-1] == "Z"
    assert read_bb(write_bb(of_size(25, 10, halts=True))).halting == {25}
    cannot(of_size(26, 1, halts=True), "26 states and 1 symbols")
    cannot(of_size(27, 1, halts=False), "27 states and 1 symbols")
    cannot(of_size(1, 11, halts=False), "1 states and 11 symbols")


@needs_shared
@pytest.mark.parametrize("name", ["2x2", "2x3", "3x2", "4x2_first_400"])
def test_the_listed_machines_take_the_listed_steps(name: str) -> None:
    path = SHARED / "turing" / "busy_beaver" / f"{name}.txt"
    listed = read_bb_list(path.read_bytes(), str(path))
    assert len(listed) > 4
    for machine, (verdict, steps, score) in listed:
        assert verdict == "Halt"
        assert ran(machine)[::3] == (int(steps), int(score)), machine.name
        if "---" not in machine.name:
            assert write_bb(machine).decode() == machine.name + "\n"


@needs_shared
def test_the_champions_take_their_steps() -> None:
    known = json.loads((SHARED / "turing" / "known_answers.json").read_text())["busy_beaver_1d"]
    small = [champion for champion in known if champion["steps"] < 10**7]
    assert len(small) > 5
    for champion in small:
        machine = read(champion["std"])
        assert ran(machine, steps=10**7)[::3] == (champion["steps"], champion["nonzero"])
