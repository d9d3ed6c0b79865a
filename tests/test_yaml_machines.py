"""Machines of turingmachine.io: each trap of its YAML, and each refusal at its line and column."""

import textwrap
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from machine_behaviour import assert_does_the_same, by_name, damaged, ran, reads_or_refuses, rows
from refusals import Refusal

from circuits.errors import LimitError, SourceError, SourceWarning
from circuits.machines.formats.yaml_machine import read_yaml, write_yaml
from circuits.machines.machine import Machine, Move

INCREMENT = """\
input: '1011'
blank: ' '
start state: right
table:
  right:
    [1,0]: R
    ' '  : {L: carry}
  carry:
    1      : {write: 0, L}
    [0,' ']: {write: 1, L: done}
  done:
"""
SHAPE = "an entry is L, R, {write: x, R: state} or a synonym"
ONE = "a symbol is one character, in quotes if YAML would read it as something else"
SYNTAX = "a symbol like * ! # & : ' needs quotes"


def read(text: str, start: str | None = None) -> Machine:
    return read_yaml(text.encode(), "a.yaml", start=start)


def of_row(row: str, more: str = "") -> Machine:
    """A machine whose first state has this row, on line 5."""
    return read(f"blank: ' '\nstart state: A\ntable:\n  A:\n    {row}\n  H:\n{more}")


def test_reads_the_example_of_the_documentation() -> None:
    machine = read(INCREMENT)
    assert machine.states == ("right", "carry", "done")
    assert machine.halting == {2}
    assert set(machine.symbols) == {" ", "0", "1"}
    assert [machine.symbols[symbol] for symbol in machine.input] == list("1011")
    assert rows(machine) == {
        ("right", "0"): ("0", Move.RIGHT, "right"),
        ("right", "1"): ("1", Move.RIGHT, "right"),
        ("right", " "): (" ", Move.LEFT, "carry"),
        ("carry", "1"): ("0", Move.LEFT, "carry"),
        ("carry", "0"): ("1", Move.LEFT, "done"),
        ("carry", " "): ("1", Move.LEFT, "done"),
    }
    assert machine.lines[0].tolist() == [7, 6, 6]
    assert ran(machine)[:3] == (8, "done", "1100")
    assert (machine.planar, machine.name, machine.source) == (False, "", "a.yaml")


def test_a_file_of_the_site_is_unwrapped() -> None:
    code = textwrap.indent(INCREMENT, "    ")
    text = f"name: adds one\nsource code: | # the machine\n{code}\npositions:\n  right: {{x: 1}}\n"
    machine = read(text)
    assert machine.name == "adds one"
    assert rows(machine) == rows(read(INCREMENT))
    assert machine.lines[0].tolist() == [9, 8, 8]


def wrapped(text: str, style: str = "|") -> str:
    return f"name: x\nsource code: {style}\n{textwrap.indent(text, '   ')}"


@pytest.mark.parametrize("style", ["|", "|-", "|3", "|+  # comment"])
def test_an_error_within_a_block_is_placed_in_the_file_around_it(style: str) -> None:
    text = "\n# comment\n\n" + INCREMENT.replace("{L: carry}", "{L: carrot}")
    message = "a.yaml:12:19: no state 'carrot' in the table"
    hint = "every state is listed in the table; did you mean carry?"
    Refusal(wrapped(text, style), message, hint).check(read)


@pytest.mark.parametrize("style", [">", "'", '"'])
def test_an_error_within_another_scalar_is_placed_at_its_start(style: str) -> None:
    text = "blank: 0\\nstart state: A\\ntable: {A: {0: X}}"
    code = {
        ">": ">\n  " + text.replace("\\n", "\n\n  "),
        "'": "'" + text.replace("\\n", "\n\n  ") + "'",
        '"': f'"{text}"',
    }[style]
    Refusal(f"source code:   {code}\n", "a.yaml:1:16: 'X' is no entry", SHAPE).check(read)


def test_syntax_errors_within_a_block_are_placed_too() -> None:
    with pytest.raises(SourceError, match=r"a.yaml:5:14: not YAML: while parsing a flow node"):
        read(wrapped("blank: ' '\ntable:\n  A: {0: [}\n"))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("0: L", {"0": ("0", Move.LEFT, "A")}),
        ("0: R", {"0": ("0", Move.RIGHT, "A")}),
        ("0: {R: H}", {"0": ("0", Move.RIGHT, "H")}),
        ("0: {write: 1, L}", {"0": ("1", Move.LEFT, "A")}),
        ("0: {write: 1, L: }", {"0": ("1", Move.LEFT, "A")}),
        ("0: {write: 1, L: ~}", {"0": ("1", Move.LEFT, "A")}),
        ("0: {L: H, write: ' '}", {"0": (" ", Move.LEFT, "H")}),
        ("0: 'R'", {"0": ("0", Move.RIGHT, "A")}),
        ("[0,1]: R", {"0": ("0", Move.RIGHT, "A"), "1": ("1", Move.RIGHT, "A")}),
        ("'0,1': R", {"0": ("0", Move.RIGHT, "A"), "1": ("1", Move.RIGHT, "A")}),
        ("0,1: R", {"0": ("0", Move.RIGHT, "A"), "1": ("1", Move.RIGHT, "A")}),
        ("',': R", {",": (",", Move.RIGHT, "A")}),
        ("[0,',']: R", {"0": ("0", Move.RIGHT, "A"), ",": (",", Move.RIGHT, "A")}),
        ("',,0': R", {",": (",", Move.RIGHT, "A"), "0": ("0", Move.RIGHT, "A")}),
        ("[y, n]: R", {"y": ("y", Move.RIGHT, "A"), "n": ("n", Move.RIGHT, "A")}),
        ("'~': R", {"~": ("~", Move.RIGHT, "A")}),
        ("'*': R", {"*": ("*", Move.RIGHT, "A")}),
        ("=: R", {"=": ("=", Move.RIGHT, "A")}),
        ("+: R", {"+": ("+", Move.RIGHT, "A")}),
        ("é: {write: ☺, R}", {"é": ("☺", Move.RIGHT, "A")}),
        ("!!str 0: !!str R", {"0": ("0", Move.RIGHT, "A")}),
        ("? 0\n    : R", {"0": ("0", Move.RIGHT, "A")}),
    ],
)
def test_entries_and_symbols(row: str, expected: dict[str, tuple[str, Move, str]]) -> None:
    assert rows(of_row(row)) == {("A", symbol): entry for symbol, entry in expected.items()}


def test_synonyms_stand_for_entries() -> None:
    machine = of_row("{0: stop, 1: L}", "synonyms: {stop: {write: 1, R: H}, same: R, L: R}\n")
    assert rows(machine) == {("A", "0"): ("1", Move.RIGHT, "H"), ("A", "1"): ("1", Move.LEFT, "A")}
    assert rows(of_row("0: L", "synonyms:\n")) == {("A", "0"): ("0", Move.LEFT, "A")}


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "true", "null0", "1.0", "007", "=="])
def test_states_are_texts_however_they_look(word: str) -> None:
    text = f"blank: 0\nstart state: {word}\ntable:\n  {word}: {{0: {{R: {word}}}}}\n"
    assert read(text).states == (word,)


def test_states_without_entries_halt_without_a_step() -> None:
    machine = read("blank: 0\nstart state: A\ntable: {A: {0: {R: B}}, B: {}, C: , D: ~}\n")
    assert machine.halting == {1, 2, 3}
    assert ran(machine)[:2] == (1, "B")


def test_a_missing_entry_halts_without_a_step() -> None:
    assert ran(of_row("0: {write: 1, R}"), "00")[:3] == (2, "A", "11")
    assert ran(of_row("0: {write: 1, R}"), "01")[:3] == (1, "A", "11")


def test_an_anchor_may_be_used_again() -> None:
    text = "blank: 0\nstart state: A\ntable:\n  A: &row {0: &go {R: B}, 1: *go}\n  B: *row\n"
    assert len(read(text)) == 4


def test_a_bare_file_may_have_other_keys() -> None:
    assert read(INCREMENT + "comment: 3\npositions: {right: 1}\n").halting == {2}


def test_another_start_may_be_asked_for() -> None:
    assert read(INCREMENT, start="carry").start == 1
    Refusal(INCREMENT, "a.yaml: no state 'up' to start in", "known are carry, done, right").check(
        lambda text: read(text, start="up")
    )


@pytest.mark.parametrize("text", ["1011", "4728", "'0011'", '"1.0"', "0b2", "a", "-1", "true"])
def test_an_input_that_the_site_reads_too_is_no_matter(text: str) -> None:
    machine = read(INCREMENT.replace("'1011'", text))
    given = "".join(machine.symbols[symbol] for symbol in machine.input)
    assert given == text.strip("'\"")


@pytest.mark.parametrize(
    "text",
    [
        "0011", "0", "00", "0b11", "0x1f", "1_000", "1:30", "1.0", ".5", "1e3", "+1", "-0", "-.inf",
        "False", "TRUE", "false", "12345678901234567890", ".nan", "2001-12-14",
    ],
)  # fmt: skip
def test_an_input_that_the_site_takes_for_something_else_is_warned_of(text: str) -> None:
    with pytest.warns(SourceWarning) as caught:
        machine = read(INCREMENT.replace("'1011'", text))
    assert "".join(machine.symbols[symbol] for symbol in machine.input) == text
    assert str(caught[0].message) == (
        f"a.yaml:1:8: turingmachine.io does not take {text} for a text and starts on something "
        f"else\n    input: {text}\n           ^\n  help: write '{text}' in quotes"
    )


def test_no_input_is_an_empty_one() -> None:
    for nothing in ("", "~", "''"):
        assert read(INCREMENT.replace("'1011'", nothing)).input == ()


def refused(row: str, place: str, message: str, hint: str) -> Refusal:
    text = f"blank: ' '\nstart state: A\ntable:\n  A:\n    {row}\n  H:\n"
    return Refusal(text, f"a.yaml:{place}: {message}", hint)


DEEP = "[" * 40 + "]" * 40
REFUSALS = [
    Refusal("", "a.yaml:1: there is no machine in this file", ""),
    Refusal("# nothing\n", "a.yaml:1: there is no machine in this file", ""),
    Refusal("- 1\n", "a.yaml:1:1: a list where a machine belongs", ""),
    Refusal("hello\n", "a.yaml:1:1: a text where a machine belongs", ""),
    Refusal(
        "start state: A\ntable: {A: }\n",
        "a.yaml:1:1: there is no 'blank'",
        "give a blank symbol, as in blank: ' '",
    ),
    Refusal(
        "# first\nblank: 0\ntable: {A: }\n",
        "a.yaml:2:1: there is no 'start state'",
        "give a state to start in, as in start state: A",
    ),
    Refusal(
        "blank: 0\nstart state: A\n",
        "a.yaml:1:1: there is no 'table'",
        "give a table: states, under each its symbols with an entry each",
    ),
    Refusal(
        "blank: 0\nstart state: A\ntable:\n",
        "a.yaml:3:7: a text where a table of states belongs",
        "",
    ),
    Refusal(
        "blank: ''\nstart state: A\ntable: {A: }\n",
        "a.yaml:1:8: the blank symbol '' has 0 characters",
        ONE,
    ),
    Refusal(
        "blank: \nstart state: A\ntable: {A: }\n",
        "a.yaml:1:7: nothing where a blank symbol belongs",
        "put it into quotes",
    ),
    Refusal(
        "blank: ~\nstart state: A\ntable: {A: }\n",
        "a.yaml:1:8: '~', which is YAML for nothing, where a blank symbol belongs",
        "put it into quotes",
    ),
    Refusal(
        "blank: '${3: }'\nstart state: A\ntable: {A: }\n",
        "a.yaml:1:8: the blank symbol '${3: }' has 6 characters",
        "this looks like a template to be filled in",
    ),
    Refusal(
        "blank: 0\nblank: 1\nstart state: A\ntable: {A: }\n",
        "a.yaml:2:1: 'blank' again; it is first on line 1",
        "keep one",
    ),
    Refusal(
        "blank: 0\nstart state: B\ntable: {A: }\n",
        "a.yaml:2:14: no state 'B' in the table",
        "every state is listed in the table; known are A",
    ),
    Refusal(
        "blank: 0\nstart state: A\ntable: {}\n",
        "a.yaml:2:14: no state 'A' in the table",
        "every state is listed in the table; there are none",
    ),
    Refusal(
        "blank: 0\nstart state: A\ntable:\n  A:\n  A:\n",
        "a.yaml:5:3: 'A' again; it is first on line 4",
        "keep one",
    ),
    Refusal(
        "blank: 0\nstart state: A\ntable: {A: L}\n",
        "a.yaml:3:12: a text where a row of symbols and entries belongs",
        "",
    ),
    Refusal(
        "blank: 0\nstart state: A\ntable: {A: }\ninput: [a, b]\n",
        "a.yaml:4:8: a list where an input belongs",
        "",
    ),
    refused("{0: L, 0: R}", "5:12", "symbol '0' again in state 'A'; it is first on line 5",
            "a symbol has one entry in a state"),
    refused("{[0,1]: L, 1: R}", "5:16", "symbol '1' again in state 'A'; it is first on line 5",
            "a symbol has one entry in a state"),
    refused("{[0,0]: L}", "5:6", "symbol '0' again in state 'A'; it is first on line 5",
            "a symbol has one entry in a state"),
    refused("10: L", "5:5", "'10' where a symbol of one character belongs",
            "write several as [0,1]"),
    refused("'': L", "5:5", "'' where a symbol of one character belongs", "write several as [0,1]"),
    refused("',0': L", "5:5", "'' where a symbol of one character belongs",
            "write several as [0,1]"),
    refused("[0,[1]]: L", "5:8", "a list where a symbol belongs", ""),
    refused("{a: b}: L", "5:5", "a mapping where a symbol belongs", ""),
    refused("~: L", "5:5", "'~', which is YAML for nothing, where a symbol belongs",
            "put it into quotes"),
    refused("0: X", "5:8", "'X' is no entry", SHAPE),
    refused("0: N", "5:8", "'N' is no entry", SHAPE),
    refused("0: l", "5:8", "'l' is no entry", SHAPE),
    refused("0: ", "5:7", "there is no entry", SHAPE),
    refused("0: [L, R]", "5:8", "a list where one entry belongs", ""),
    refused("0: {N: H}", "5:9", "'N' in an entry", SHAPE),
    refused("0: {L, R}", "5:8", "both L and R in an entry",
            "the head moves, one way: " + SHAPE),
    refused("0: {write: 1}", "5:8", "neither L nor R in an entry",
            "the head moves, one way: " + SHAPE),
    refused("0: {write: 10, L}", "5:16", "the written symbol '10' has 2 characters", ONE),
    refused("0: {write: , L}", "5:15", "nothing where a written symbol belongs",
            "put it into quotes"),
    refused("0: {L, L}", "5:12", "'L' again; it is first on line 5", "keep one"),
    refused("0: {L: B}", "5:12", "no state 'B' in the table",
            "every state is listed in the table; known are A, H"),
    refused("<<: {0: L}", "5:5", "merging by '<<' is not read", "write the entries out"),
    refused("!!binary 0: L", "5:5", "the tag tag:yaml.org,2002:binary is not read", ""),
    refused("!python/none 0: L", "5:5", "the tag !python/none is not read", ""),
    refused('"\\ud800": L', "5:5", "half a surrogate pair is no character", ""),
    Refusal(
        "blank: 0\nstart state: A\ntable: {A: }\nsynonyms: {go: R, on: go}\n",
        "a.yaml:4:23: 'go' is no entry",
        SHAPE,
    ),
    Refusal(
        "blank: 0\n\tstart state: A\n",
        "a.yaml:2:1: not YAML: while scanning for the next token: found character '\\t' that "
        "cannot start any token",
        "indent by blanks, not by tabs",
    ),
    Refusal(
        "blank: *\n",
        "a.yaml:1:9: not YAML: while scanning an alias: expected alphabetic or numeric character, "
        "but found '\\n'",
        SYNTAX,
    ),
    Refusal(
        "blank: 0\n---\nblank: 1\n",
        "a.yaml:2:1: not YAML: expected a single document in the stream: but found another "
        "document",
        SYNTAX,
    ),
    Refusal(
        "blank: 0\nname: \x07\n",
        "a.yaml:2:7: character U+0007, which YAML refuses",
        "",
    ),
    Refusal(
        'blank: 0\nname: "\\UFFFFFFFF"\n',
        "a.yaml:2:10: not YAML: a character that does not exist",
        "",
    ),
    Refusal(
        'blank: "\\U00110000"\n',
        "a.yaml:1:11: not YAML: a character that does not exist",
        "",
    ),
    Refusal(
        "table: " + DEEP,
        "a.yaml:1:38: not YAML: more than 32 levels",
        SYNTAX,
    ),
    Refusal(
        "states: [a]\ndelta:\n  a: {}\n",
        "a.yaml:1: YAML of Doty's automata simulator, which is not read",
        "read are bb, yaml, tm and turmite: one head, one tape or plane, one entry at a time",
    ),
    Refusal("source code: [1]\n", "a.yaml:1:14: a list where a machine in YAML belongs", ""),
]  # fmt: skip


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_is_wrong_is_refused_at_its_place(refusal: Refusal) -> None:
    refusal.check(read)


def test_an_endless_nest_and_a_large_table_are_refused_at_once() -> None:
    with pytest.raises(SourceError, match="more than 32 levels"):
        read("[" * 100_000)
    row = ", ".join(f"{chr(0x4E00 + i)}: L" for i in range(1200))
    states = "\n".join(f"  q{i}: *row" for i in range(1000))
    text = f"blank: 0\nstart state: q\ntable:\n  q: &row {{{row}}}\n{states}\n"
    with pytest.raises(LimitError, match=r"a.yaml: 1001 states and 1201 symbols; at most 32767 "):
        read(text)


@given(damaged(INCREMENT.encode(), wrapped(INCREMENT).encode(), b"blank: 0\nstart state: A\n"))
@settings(max_examples=300)
def test_a_damaged_file_is_read_or_refused(data: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SourceWarning)
        reads_or_refuses(read_yaml, data)


NAMES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5),
    st.sampled_from(["y", "no", "null", "~", "L", "write", "1.0", "<<", "=", "'", '"', "# x", "{"]),
)
CHARACTERS = st.one_of(
    st.characters(exclude_categories=["Cs"]), st.sampled_from("01,#'\"\\:-?*&!|>%@`{}[] \n\t~=")
)


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    """Machines on a tape, of any names, with holes and states that halt."""
    states = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    symbols = draw(st.lists(CHARACTERS, min_size=1, max_size=5, unique=True))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    there = draw(st.sampled_from([0.8, 1, 0.4]))
    rules = {
        (state, symbol): (
            symbols[rng.integers(len(symbols))],
            Move(rng.choice([Move.LEFT, Move.RIGHT])),
            states[rng.integers(len(states))],
        )
        for state in states
        for symbol in symbols
        if rng.random() < there
    }
    given = tuple(symbols[i] for i in rng.integers(len(symbols), size=rng.integers(4)))
    start = states[rng.integers(len(states))]
    return Machine.of_rules(rules, start=start, blank=symbols[0], states=tuple(states), input=given)


@given(machines())
@settings(max_examples=200)
def test_what_is_written_does_the_same_when_read(machine: Machine) -> None:
    again = read_yaml(write_yaml(machine))
    assert_does_the_same(machine, again, by_name(machine, again))
    assert again.states == machine.states


def test_the_example_is_written_as_a_person_would() -> None:
    assert write_yaml(read(INCREMENT)).decode() == textwrap.dedent("""\
        input: '1011'
        blank: ' '
        start state: right
        table:
          right:
            ' ': {L: carry}
            [1, 0]: R
          carry:
            [' ', 0]: {write: 1, L: done}
            1: {write: 0, L}
          done:
    """)


def test_keys_of_many_symbols_are_written_in_parts() -> None:
    symbols = [chr(0x4E00 + i) for i in range(600)]
    rules = {("A", symbol): (symbol, Move.LEFT, "A") for symbol in symbols}
    machine = Machine.of_rules(rules, start="A", blank=symbols[0])
    assert rows(read_yaml(write_yaml(machine))) == rules


def test_what_the_format_cannot_hold_is_not_written() -> None:
    def cannot(rule: tuple[str, Move, str], what: str) -> None:
        machine = Machine.of_rules({("A", "0"): rule}, start="A", blank="0", name="odd")
        with pytest.raises(LimitError) as caught:
            write_yaml(machine)
        assert str(caught.value) == f"machine odd: the yaml format cannot hold {what}"

    cannot(("0", Move.STAY, "A"), "the entry of state 'A' at '0', which does not move")
    cannot(("0", Move.UP, "A"), "a plane")
    cannot(("10", Move.LEFT, "A"), "the symbol '10' of 2 characters")
    cannot(("0", Move.LEFT, "x" * 300), "the name of state 1, 300 long")
    cannot(("0", Move.LEFT, "\ud800"), "the character '\\ud800' of a name")
    plane = replace(read(INCREMENT), planar=True, name="odd")
    with pytest.raises(LimitError, match="cannot hold a plane"):
        write_yaml(plane)
