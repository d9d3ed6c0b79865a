"""Which reader and writer a machine's file gets."""

import gzip
import lzma
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from known_machines import BEAVER
from machine_behaviour import assert_does_the_same, blank_first, ran
from oracle import SHARED, needs_shared

from circuits.errors import LimitError, SourceError, SourceWarning
from circuits.formats import FORMATS
from circuits.machines.formats import (
    MACHINE_FORMATS,
    is_machine_file,
    read_machine,
    write_machine,
)
from circuits.machines.machine import Machine, Move

WALKER = Machine.of_rules(
    {("A", "0"): ("1", Move.UP, "A"), ("A", "1"): ("0", Move.STAY, "H")}, start="A", blank="0"
)
HELD = {"bb": BEAVER, "yaml": BEAVER, "tm": BEAVER, "turmite": WALKER}
"""A machine that each format can hold."""

CONTENTS = {
    "bb": "# champion\n1RB1LB_1LA1RZ Halt 6 4",
    "yaml": "# champion\nblank: 0\nstart state: A\ntable: {A: {0: {R: A}}}\n",
    "tm": "; champion\n\nA 0 1 r B\n",
    "turmite": "# ant\n\n { { {1,2,0}, {0,8,0}}}",
}


def test_every_format_has_a_machine_to_hold() -> None:
    assert set(HELD) == set(CONTENTS) == set(MACHINE_FORMATS) == {"bb", "yaml", "tm", "turmite"}


def test_no_circuit_has_an_ending_or_a_format_of_a_machine() -> None:
    endings = {ending for known in MACHINE_FORMATS.values() for ending in known.endings}
    assert endings == {".bb", ".yaml", ".yml", ".tm", ".turmite"}
    assert not endings & {ending for known in FORMATS.values() for ending in known.endings}
    assert not set(MACHINE_FORMATS) & set(FORMATS)


@pytest.mark.parametrize("name", HELD)
def test_every_format_reads_what_it_writes(name: str, tmp_path: Path) -> None:
    for ending in MACHINE_FORMATS[name].endings:
        path = tmp_path / f"some.one{ending}"
        write_machine(HELD[name], path)
        again = read_machine(path)
        assert_does_the_same(HELD[name], again, blank_first(HELD[name]))
        assert (again.name, again.source) == ("some.one", str(path))


@pytest.mark.parametrize("name", CONTENTS)
def test_content_tells_where_the_ending_does_not(name: str, tmp_path: Path) -> None:
    path = tmp_path / "machine.txt"
    path.write_text(CONTENTS[name])
    told = [other for other, known in MACHINE_FORMATS.items() if known.matches(path.read_bytes())]
    assert told == [name]
    by_content = read_machine(path)
    named = tmp_path / f"machine{MACHINE_FORMATS[name].endings[0]}"
    named.write_text(CONTENTS[name])
    assert by_content.states == read_machine(named).states


def test_a_string_of_turns_is_told_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "ant"
    path.write_text("# Langton\nRL\n")
    assert read_machine(path).planar


def test_an_ending_of_one_format_is_believed_whatever_the_content(tmp_path: Path) -> None:
    path = tmp_path / "x.tm"
    path.write_text("; $START: q\n")
    assert not any(known.matches(path.read_bytes()) for known in MACHINE_FORMATS.values())
    assert read_machine(path).states == ("q", "halt")


def test_a_format_may_be_named_against_the_ending(tmp_path: Path) -> None:
    path = tmp_path / "x.bb"
    write_machine(BEAVER, path, "tm")
    assert path.read_text().startswith("; $START: A\n")
    assert ran(read_machine(path, "tm")).steps == 6


@pytest.mark.parametrize("name", HELD)
def test_a_start_may_be_named_in_every_format(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{MACHINE_FORMATS[name].endings[0]}"
    write_machine(HELD[name], path)
    last = read_machine(path).states[0]
    machine = read_machine(path, start=last)
    assert machine.states[machine.start] == last
    with pytest.raises(SourceError, match="no state 'nowhere' to start in"):
        read_machine(path, start="nowhere")


@pytest.mark.parametrize(
    ("ending", "compress", "decompress"),
    [(".gz", gzip.compress, gzip.decompress), (".xz", lzma.compress, lzma.decompress)],
)
def test_compressed_files_are_read_and_written(
    ending: str,
    compress: Callable[[bytes], bytes],
    decompress: Callable[[bytes], bytes],
    tmp_path: Path,
) -> None:
    path = tmp_path / f"beaver.4.bb{ending}"
    path.write_bytes(compress(b"1RB1LB_1LA1RZ\n"))
    machine = read_machine(path)
    assert machine.name == "beaver.4"
    write_machine(machine, path)
    assert decompress(path.read_bytes()) == b"1RB1LB_1LA1RZ\n"


def test_a_name_in_the_file_beats_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "other.yml"
    path.write_text("name: inside\nsource code: |\n  blank: 0\n  start state: A\n  table: {A: }\n")
    assert read_machine(path).name == "inside"


def refused(path: Path, format: str | None = None) -> str:  # noqa: A002 plain word
    with pytest.raises(SourceError) as caught:
        read_machine(path, format)
    return str(caught.value)


def test_a_missing_file_and_an_unknown_format_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "none.bb"
    assert refused(path) == (
        f"{path}: cannot read the file: No such file or directory\n  help: is the path right?"
    )
    path.write_text("1RB1LB_1LA1RZ")
    assert refused(path, "bbb") == "no machine format 'bbb'\n  help: did you mean bb?"
    with pytest.raises(SourceError, match=r"x\.dot: the ending names no machine format"):
        write_machine(BEAVER, tmp_path / "x.dot")
    other = tmp_path / "x.txt"
    other.write_bytes(b"\xff nothing known\n")
    assert refused(other) == (
        f"{other}: neither name nor content tells the machine format\n"
        "  help: name the format; known are bb (.bb), yaml (.yaml .yml), tm (.tm), "
        "turmite (.turmite)"
    )


@pytest.mark.parametrize("data", [b"\n" * 100_000, b" " * 100_000, b"#\n" * 50_000, b"R" * 60_000])
def test_content_that_says_nothing_is_refused_at_once(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(data + b"?")
    assert "neither name nor content tells the machine format" in refused(tmp_path / "x")


FOREIGN = {
    "a.jff": (
        '<?xml version="1.0"?>\n<!--JFLAP 6.4--><structure>&#13;\n<type>turing</type>',
        "a JFLAP file",
    ),
    "b.txt": (
        "name: Binary\ninit: q0\naccept: q1, q2\n\nq0,0,_\nq1,1,_,>,-\n",
        "a file of turingmachinesimulator.com",
    ),
    "c.yaml": (
        "states: [q]\ninput_alphabet: ['0']\ndelta:\n  q:\n    0_: [q, 1_, RS]\n",
        "YAML of Doty's automata simulator",
    ),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_not_read_is_refused_by_name(name: str, tmp_path: Path) -> None:
    content, called = FOREIGN[name]
    path = tmp_path / name
    path.write_text(content)
    first, *_, last = refused(path).splitlines()
    assert first.startswith(f"{path}:")
    assert first.endswith(f": {called}, which is not read")
    assert last == (
        "  help: read are bb, yaml, tm and turmite: one head, one tape or plane, one entry at a "
        "time"
    )


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x.bb"
    path.write_text("1RB1LB_1LA1RZ")
    with pytest.raises(LimitError, match="cannot hold a plane"):
        write_machine(WALKER, path)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "1RB1LB_1LA1RZ"


def test_machines_are_told_from_circuits_by_ending_or_format() -> None:
    for known in MACHINE_FORMATS.values():
        for ending in known.endings:
            assert is_machine_file(f"x{ending}")
            assert is_machine_file(Path(f"x{ending.upper()}.gz"))
    for circuit in FORMATS.values():
        assert not any(is_machine_file(f"x{ending}") for ending in circuit.endings)
    assert is_machine_file("x.aag", "yaml")
    assert not is_machine_file("x.bb", "aag")


def test_importing_the_registry_imports_no_reader() -> None:
    program = (
        "import sys, circuits.machines.formats;"
        "print(sorted(m for m in sys.modules if '.machines.formats.' in m or m == 'yaml'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(
        [f"circuits.machines.formats.{name}" for name in ("foreign", "registry")]
    )


@needs_shared
def test_every_shared_machine_is_read() -> None:
    paths = [
        *(SHARED / "turing" / "turingmachine_io").glob("[!_]*.yaml"),
        *(SHARED / "turing" / "gf2_machine").glob("gf2_*.txt"),
    ]
    assert len(paths) == 19
    with warnings.catch_warnings():
        warnings.simplefilter("error", SourceWarning)
        for path in paths:
            assert len(read_machine(path)) > 3, path
