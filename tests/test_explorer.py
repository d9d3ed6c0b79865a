"""What is in a page of the explorer, without a browser: data, layout, size, notebooks."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from compiler.hierarchy import hierarchy_of
from compiler.net import Net
from runtime.compiled import Compiled, compile_source
from runtime.explorer import explorer_page, write_explorer
from runtime.explorer.layout import place, place_components
from runtime.explorer.pack import Packed, bits, pack, unpack
from runtime.explorer.payload import source_lines
from runtime.recording import record
from runtime.settings import Settings

LARGEST_TEMPLATE = 80_000
"""Bytes of a page besides its net."""


@pytest.fixture(scope="module")
def parity() -> Compiled:
    return compile_source("builtin:parity:bits=4")


def unpacked(page: str) -> tuple[dict[str, object], dict[str, np.ndarray]]:
    """The values and the arrays of a page."""
    found = re.search(r'id="values">(.*?)</script>.*id="arrays">(.*?)</script>', page, re.S)
    assert found is not None
    values = json.loads(found[1])
    return values, unpack(Packed(values["directory"], values["size"], found[2]))


@pytest.mark.parametrize(
    "array",
    [
        np.arange(1000) ** 2 - 500,
        np.arange(1000) % 7,
        np.array([], np.int32),
        np.array([2**32 - 1, 0]),
        np.array([-(2**31), 5]),
        np.linspace(-1, 1, 70),
        np.arange(300, dtype=np.uint8) // 2,
    ],
)
def test_arrays_come_back_as_they_were(array: np.ndarray) -> None:
    assert np.array_equal(unpack(pack({"x": array, "y": array}))["y"], array)


def test_an_array_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="numbers from 0 to 4294967296"):
        pack({"x": np.array([2**32, 0])})


def test_bits_are_packed_from_the_lowest() -> None:
    assert bits(np.array([1, -1, -1, 1, 0, 0, 0, 0, 1])).tolist() == [0b1001, 1]


def test_a_page_holds_the_net_and_the_run(parity: Compiled) -> None:
    net = parity.net
    run = record(net, Settings(steps=30))
    values, arrays = unpacked(explorer_page(net, run))
    assert np.array_equal(arrays["fan_in"], np.bincount(net.edge_target, minlength=net.vertices))
    assert np.array_equal(arrays["value"], net.edge_value)
    assert np.array_equal(arrays["flip_bits"], run.flip_bits)
    assert np.array_equal(arrays["run_outputs"], run.outputs)
    shown = values["net"]
    assert isinstance(shown, dict)
    assert [float(number) for _, number in shown["values"]] == [x.to_float() for x in net.values]
    assert [exact for exact, _ in shown["values"]] == [net.show(x) for x in net.values]


def test_the_same_net_and_run_give_the_same_page(parity: Compiled) -> None:
    pages = {explorer_page(parity.net, record(parity.net, Settings(steps=9))) for _ in range(2)}
    assert len(pages) == 1


def test_a_recording_of_another_net_is_refused(parity: Compiled) -> None:
    other = compile_source("builtin:parity:bits=2").net
    with pytest.raises(ValueError, match="of another net"):
        explorer_page(other, record(parity.net, Settings(steps=1)))


def test_a_page_is_written_whole_and_its_size_is_told(parity: Compiled, tmp_path: Path) -> None:
    file = tmp_path / "parity.html"
    assert write_explorer(file, parity.net) == file.stat().st_size
    assert [path.name for path in tmp_path.iterdir()] == ["parity.html"]


def addresses(page: str) -> set[str]:
    """Everything in a page that a browser could ask for."""
    return set(re.findall(r"https?://[^\s\"'<>]+", page)) - {"http://www.w3.org/2000/svg"}


def test_a_page_names_no_address(parity: Compiled) -> None:
    page = explorer_page(parity.net)
    assert addresses(page) == set()
    assert addresses(page + '<script src="https://cdn.example/d3.js">') == {
        "https://cdn.example/d3.js"
    }


def test_all_but_the_data_is_small(parity: Compiled) -> None:
    page = explorer_page(parity.net)
    rest = re.sub(r'(id="(?:values|arrays)">).*?(</script>)', r"\1\2", page, flags=re.S)
    assert "class Damaged" in rest
    assert len(rest.encode()) < LARGEST_TEMPLATE < len((rest + rest).encode())


def test_a_net_of_a_hundred_thousand_edges_makes_a_small_page() -> None:
    net = compile_source("builtin:parity:bits=64").net
    assert net.edges > 100_000
    assert len(explorer_page(net)) < 300_000


def columns_of(net: Net) -> dict[str, int]:
    boxes = hierarchy_of(net)
    placed = place_components(net, boxes)
    assert len(set(zip(placed.column.tolist(), placed.row.tolist(), strict=True))) == len(
        boxes.component_names
    )
    return dict(zip(boxes.component_names, placed.column.tolist(), strict=True))


def test_inputs_stand_left_of_memory_gates_by_level_and_outputs_right(parity: Compiled) -> None:
    column = columns_of(parity.net)
    last = column.pop("output prediction")
    assert column["inputs x"] == column["constant"] == 0 < column["memory row0"]
    assert column["memory row0"] < column["gates, levels 4..8"] < column["gates, levels 9..15"]
    assert max(column.values()) < last


def test_a_long_column_is_broken_into_several() -> None:
    placed = place(np.zeros(100, np.int64), np.array([], np.int64), np.array([], np.int64))
    assert (placed.columns, placed.rows) == (6, 17)
    assert np.bincount(placed.column).tolist() == [17] * 5 + [15]


def test_neighbours_are_brought_side_by_side() -> None:
    wanted = np.random.default_rng(0).permutation(12)
    rank = np.repeat([0, 1], 12)
    placed = place(rank, np.arange(12), 12 + wanted)
    assert np.array_equal(placed.row[:12], placed.row[12:][wanted])


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def elements(text: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Elements()
    parser.feed(text)
    return parser.found


def test_a_notebook_shows_a_picture_and_a_table_without_script(parity: Compiled) -> None:
    text = parity._repr_html_()
    tags = [tag for tag, _ in elements(text)]
    assert "script" not in tags
    assert not any(name.startswith("on") for _, given in elements(text) for name in given)
    boxes = hierarchy_of(parity.net)
    assert tags.count("title") == boxes.components
    assert all(f"<title>{name}</title>" in text for name in boxes.component_names)
    assert '<td style="text-align:left">942</td>' in text


def test_a_frame_holds_the_same_page_and_may_run_its_script_only(parity: Compiled) -> None:
    run = parity.record(steps=5)
    ((tag, given),) = elements(parity.explore(run, height=500)._repr_html_())
    assert (tag, given["srcdoc"]) == ("iframe", explorer_page(parity.net, run))
    assert given["sandbox"] == "allow-scripts allow-downloads"
    assert "height:500px" in str(given["style"])


@pytest.mark.parametrize(("name", "shown"), [("gates.bench", True), ("secret.key", False)])
def test_only_a_file_named_like_a_circuit_comes_into_a_page(
    name: str, shown: bool, tmp_path: Path
) -> None:
    (tmp_path / name).write_text("\n".join(f"line {n}" for n in range(1, 20)))
    net = compile_source("builtin:parity:bits=2").net
    lines = np.ones_like(net.line)
    named = replace(net, line=lines, circuit=replace(net.circuit, source=str(tmp_path / name)))
    assert source_lines(named) == ({1: "line 1"} if shown else {})
