"""Which reader and writer a file gets."""

import gzip
import lzma
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from oracle import SHARED, needs_shared, needs_yosys

from circuits.builder import Builder
from circuits.circuit import Circuit, Op
from circuits.errors import SourceError
from circuits.evaluate import truth_table
from circuits.formats import FORMATS, read_circuit, write_circuit

WRITABLE = [name for name, known in FORMATS.items() if known.writer]
AAG = b"aag 1 1 0 1 0\n2\n3\n"


def full_adder() -> Circuit:
    b = Builder("full_adder")
    x, y, z = b.input("x"), b.input("y"), b.input("z")
    b.output("sum", b.xor(x, y, z))
    b.output("carry", b.threshold([x, y, z], 2))
    return b.build()


@pytest.mark.parametrize("name", WRITABLE)
def test_every_format_reads_what_it_writes(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"adder{FORMATS[name].endings[0]}"
    write_circuit(full_adder(), path, name)
    again = read_circuit(path)
    assert truth_table(again) == truth_table(full_adder())
    assert len(again.input_names) == 3
    assert again.source == str(path)
    assert again.name


@pytest.mark.parametrize("name", WRITABLE)
def test_content_tells_where_the_ending_does_not(name: str, tmp_path: Path) -> None:
    path = tmp_path / "adder.netlist"
    write_circuit(full_adder(), path, name)
    assert truth_table(read_circuit(path)) == truth_table(full_adder())


def test_the_formats_are_those_documented() -> None:
    assert set(FORMATS) == {
        *("aag", "aig", "blif", "bench", "pla", "truth", "bristol", "bristol-old", "verilog")
    }


@pytest.mark.parametrize(("ending", "start"), [(".aag", b"aag "), (".aig", b"aig ")])
def test_the_ending_says_what_is_written(ending: str, start: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"adder{ending}"
    write_circuit(full_adder(), path)
    assert path.read_bytes().startswith(start)


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
    path = tmp_path / f"inverter.v2.aag{ending}"
    path.write_bytes(compress(AAG))
    circuit = read_circuit(path)
    assert circuit.name == "inverter.v2"
    write_circuit(circuit, path)
    first = path.read_bytes()
    assert decompress(first) == AAG
    if ending == ".gz":
        assert first[4:8] == bytes(4)  # no time of day: equal circuits give equal files
    path.write_bytes(AAG)  # decompressed by a browser that kept the name
    assert read_circuit(path) == circuit


def test_a_damaged_compressed_file_is_refused(tmp_path: Path) -> None:
    for ending, data in {".gz": gzip.compress(AAG), ".xz": lzma.compress(AAG)}.items():
        path = tmp_path / f"x.aag{ending}"
        path.write_bytes(data[:-4])
        with pytest.raises(SourceError) as caught:
            read_circuit(path)
        assert str(caught.value).startswith(f"{path}: the {ending} data is damaged: ")
        assert str(caught.value).endswith("  help: is the file cut off?")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        read_circuit(tmp_path / "none.aag")
    assert str(caught.value) == (
        f"{tmp_path / 'none.aag'}: cannot read the file: No such file or directory\n"
        "  help: is the path right?"
    )


def test_a_file_of_no_known_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(b"\xff nothing known\n")
    with pytest.raises(SourceError) as caught:
        read_circuit(path)
    assert str(caught.value) == (
        f"{path}: neither name nor content tells the circuit format\n"
        "  help: name the format; known are aag (.aag), aig (.aig), blif (.blif), "
        "bench (.bench), pla (.pla), bristol (.bristol .txt), bristol-old (.bristol-old), "
        "truth (.truth .txt), verilog (.v .sv)"
    )


def test_an_unknown_format_or_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no circuit format 'aiger'\n  help: did you mean aig"):
        write_circuit(full_adder(), tmp_path / "x.aag", "aiger")
    with pytest.raises(SourceError, match=r"x\.dot: the ending names no circuit format"):
        write_circuit(full_adder(), tmp_path / "x.dot")
    assert list(tmp_path.iterdir()) == []


def test_verilog_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        write_circuit(full_adder(), tmp_path / "x.v")
    assert str(caught.value) == (
        f"{tmp_path / 'x.v'}: this format can only be read\n"
        "  help: formats that can be written: "
        "aag, aig, blif, bench, pla, bristol, bristol-old, truth"
    )


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x.aag"
    path.write_bytes(AAG)
    b = Builder()
    b.input("two\nlines")
    with pytest.raises(Exception, match="AIGER cannot hold the name"):
        write_circuit(b.build(), path)
    assert path.read_bytes() == AAG
    assert list(tmp_path.iterdir()) == [path]


def test_a_format_may_be_named_against_the_ending(tmp_path: Path) -> None:
    path = tmp_path / "x.blif"
    path.write_bytes(AAG)
    assert read_circuit(path, "aag").input_names == ("i0",)


def test_a_name_in_the_file_beats_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "other.blif"
    path.write_text(".model inside\n.inputs a\n.outputs a\n.end\n")
    assert read_circuit(path).name == "inside"


@needs_yosys
def test_verilog_is_read_by_ending_and_by_content(tmp_path: Path) -> None:
    for name in ("x.v", "x.verilog"):
        (tmp_path / name).write_text("// y\nmodule m(input a, output y); assign y = a; endmodule\n")
        assert read_circuit(tmp_path / name).name == "m"


@needs_shared
def test_every_shared_circuit_is_read() -> None:
    paths = [
        path
        for path in (SHARED / "circuits").glob("*/*")
        if path.stem not in ("invalid_py_aiger_test2", "sha256") and path.suffix != ".v"
    ]
    assert len(paths) > 100
    for path in paths:
        assert read_circuit(path).name, path


def test_importing_the_registry_imports_no_reader() -> None:
    program = (
        "import sys, circuits.formats; print(sorted(m for m in sys.modules if 'formats.' in m))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(
        [f"circuits.formats.{name}" for name in ("catalog", "compression", "registry", "suggest")]
    )


def test_the_expanded_file_has_ands_only(tmp_path: Path) -> None:
    write_circuit(full_adder(), tmp_path / "x.aig")
    assert {gate.op for gate in read_circuit(tmp_path / "x.aig").gates()} == {Op.AND}


@pytest.mark.parametrize("data", [b"\n" * 100_000, b" " * 100_000, b"#\n" * 50_000])
def test_content_that_says_nothing_is_refused_at_once(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(SourceError, match="neither name nor content tells the circuit format"):
        read_circuit(tmp_path / "x")
