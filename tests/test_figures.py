"""Every kind of figure: what it says, that equal input makes equal files, and what is refused."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import sgdcc
from drawn import svg_texts, texts_in
from test_noise_sweep import CURVES

from circuits.catalog import builtin_machine
from circuits.errors import SourceError
from compiler.exact import Exact
from compiler.net import Net
from compiler.rcnn.machine_to_rcnn import machine_to_rcnn
from runtime.compiled import Compiled, compile_source
from runtime.figures import KINDS, Drawn, default_kind, draw_figure
from runtime.figures.components import compact, draw_components
from runtime.figures.gallery import DPI, GALLERY, draw_gallery, full_adder
from runtime.figures.margins import draw_margins
from runtime.figures.noise_sweep import draw_noise
from runtime.figures.style import drawing
from runtime.figures.weights import MOST_ROWS, draw_weights
from runtime.inspect.margins import flat_types, least_margins
from runtime.rcnn.settings import RcnnSettings
from runtime.settings import Settings

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def beaver() -> Compiled:
    return compile_source("builtin:busy-beaver:states=2")


@pytest.fixture(scope="module")
def parity() -> Net:
    return compile_source("builtin:parity:bits=3").net


@pytest.fixture(scope="module")
def adder() -> Net:
    return compile_source(full_adder()).net


@pytest.fixture(scope="module")
def draw(beaver: Compiled, adder: Net) -> Callable[[str, Path], Drawn]:
    """Each kind of figure, of something small."""
    learner = machine_to_rcnn(builtin_machine("parity-machine"))

    def drawn(kind: str, path: Path) -> Drawn:
        if kind == "layers":
            return draw_figure(path, kind, learner, RcnnSettings(bits=2, samples=2))
        if kind == "net":
            return draw_figure(path, kind, adder)
        return draw_figure(path, kind, beaver.net, Settings(steps=4), machine=beaver.machine)

    return drawn


_TWICE = [k if k in ("gadget", "flips") else pytest.param(k, marks=pytest.mark.slow) for k in KINDS]


@pytest.mark.parametrize("kind", _TWICE)
def test_equal_input_makes_equal_files_without_a_date(
    kind: str, draw: Callable[[str, Path], Drawn], tmp_path: Path
) -> None:
    first, second = tmp_path / "a.svg", tmp_path / "b.svg"
    assert draw(kind, first) == (first, kind, draw(kind, second).note)
    data = first.read_bytes()
    assert data == second.read_bytes()
    assert b"<svg" in data
    assert not re.search(rb"dc:date|20\d\d-\d\d-\d\d", data)


@pytest.mark.parametrize(
    ("ending", "start"),
    [(".png", b"\x89PNG"), pytest.param(".pdf", b"%PDF", marks=pytest.mark.slow)],
)
def test_the_other_formats_are_equal_files_too(
    ending: str, start: bytes, beaver: Compiled, tmp_path: Path
) -> None:
    files = [tmp_path / f"{name}{ending}" for name in "ab"]
    for file in files:
        draw_figure(file, "gadget", beaver.net)
    first, second = (file.read_bytes() for file in files)
    assert first == second
    assert first.startswith(start)
    assert b"CreationDate" not in first


def test_the_users_settings_of_matplotlib_change_nothing(beaver: Compiled, tmp_path: Path) -> None:
    from matplotlib import rc_context

    draw_figure(tmp_path / "a.svg", None, beaver.net)
    with rc_context({"font.size": 30, "lines.linewidth": 9, "svg.fonttype": "path"}):
        draw_figure(tmp_path / "b.svg", None, beaver.net)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_who_names_no_kind_gets_one_that_fits(beaver: Compiled, adder: Net) -> None:
    large = compile_source("builtin:parity:bits=3", target="noise-tolerant", samples=2).net
    learner = machine_to_rcnn(builtin_machine("busy-beaver:states=2"))
    found = [default_kind(what) for what in (beaver.net, large, adder, learner)]
    assert found == ["gadget", "gadget", "net", "layers"]


def test_every_distinct_weight_of_a_class_has_its_text_and_its_count(
    parity: Net, tmp_path: Path
) -> None:
    picture = draw_weights(parity)
    wanted = Counter(zip(parity.edge_role.tolist(), parity.edge_value.tolist(), strict=True))
    axes = picture.figure.axes[0]
    widths = [bar.get_width() for bar in axes.patches]  # type: ignore[attr-defined]
    assert sorted(widths) == sorted(wanted.values())
    assert sum(widths) == parity.edges
    said = svg_texts(picture, tmp_path)
    names = Counter(parity.show(parity.values[value]) for _, value in wanted)
    counts = Counter(f"{count:,}" for count in wanted.values())
    for text in names.keys() | counts.keys():
        assert said[text] >= names[text] + counts[text]


def test_very_many_weights_are_drawn_as_histograms(parity: Net) -> None:
    values = tuple(Exact.of(number) for number in range(1, parity.edges + 1))
    many = replace(parity, values=values, edge_value=np.arange(parity.edges, dtype=np.int32))
    picture = draw_weights(many)
    assert parity.edges > MOST_ROWS
    assert picture.note.startswith(f"{parity.edges:,} distinct weights")
    heights = [bar.get_height() for axes in picture.figure.axes for bar in axes.patches]  # type: ignore[attr-defined]
    assert sum(heights) == parity.edges


@pytest.mark.parametrize("preset", ["dyadic", pytest.param("printed", marks=pytest.mark.slow)])
def test_the_least_margin_of_each_kind_is_that_of_the_inspection(
    preset: str, tmp_path: Path
) -> None:
    net = compile_source("builtin:parity:bits=2", preset=preset).net
    picture = draw_margins(net)
    said = " ".join(axes.get_title(loc="left") for axes in picture.figure.axes)
    assert {"gates:", "readers", "controls", "paths"} <= set(said.split())
    for one in least_margins(flat_types(net)):
        if one.role.name in ("GATE", "READ"):
            assert f": {one.vertices:,}, least margin {one.margin}" in said
    assert picture.note == ""


def test_the_margins_of_cells_are_drawn_too() -> None:
    net = compile_source("builtin:parity:bits=2", target="noise-tolerant", samples=2).net
    titles = [axes.get_title(loc="left") for axes in draw_margins(net).figure.axes]
    assert [title.split(":")[0] for title in titles] == [
        "gates", "readers of memory", "readers of v2", "controls vc and vc'", "output controls voc",
        "paths of memory units and cells",
    ]  # fmt: skip


def test_the_numbers_between_components_add_up_to_the_edges(parity: Net, tmp_path: Path) -> None:
    picture = draw_components(parity)
    boxes, table = picture.figure.axes
    drawn: Any = table.images[0].get_array()
    counts = drawn.filled(0)
    assert counts.sum() == parity.edges
    names = [label.get_text() for label in boxes.get_yticklabels()]
    output = next(row for row, name in enumerate(names) if "output prediction" in name)
    assert counts[output].sum() == 0
    assert counts[:, output].sum() == (parity.edge_target == parity.outputs[0].vertex).sum()
    vertices = [int(text.get_text().replace(",", "")) for text in boxes.texts]
    assert sum(vertices) == parity.vertices
    assert len(vertices) == len(boxes.get_yticklabels()) <= 16
    assert f"{parity.edges:,} edges" in " ".join(svg_texts(picture, tmp_path))


def test_a_number_has_four_characters_at_most() -> None:
    assert max(len(compact(number)) for number in (0, 999, 1000, 9949, 99_999, 999_999)) <= 4
    assert [compact(n) for n in (7, 1000, 1949, 12_000)] == ["7", "1k", "1.9k", "12k"]


def test_success_against_noise_is_a_line_for_each_net() -> None:
    with drawing():
        picture = draw_noise(CURVES)
    lines = [line for line in picture.figure.axes[0].lines if line.get_linestyle() != "None"]
    shown = [curve for curve in CURVES if any(point.noise for point in curve.points)]
    assert len(lines) == len(shown) > 1
    for line, curve in zip(lines, shown, strict=True):
        got = list(zip(line.get_xdata(), line.get_ydata(), strict=True))  # type: ignore[arg-type]
        assert got == [(p.noise, p.successes / p.runs) for p in curve.points if p.noise]
    assert len({(line.get_color(), line.get_marker()) for line in lines}) == len(lines)


def test_the_command_draws_and_says_what(tmp_path: Path) -> None:
    path = tmp_path / "gadget.svg"
    done = sgdcc("inspect", "builtin:parity:bits=1", "--figure", str(path), "--vertex", "labels[0]")
    assert (done.code, done.out, done.err) == (0, f"{path}: gadget\n", "")
    assert texts_in(path)["memory unit labels[0]"] == 1


REFUSALS = {
    "another ending": (["--figure", "a.gif"], "cannot draw a.gif", ".png, .svg, .pdf"),
    "another kind": (["--figure", "a.svg", "--kind", "pie"], "no figure 'pie'", "gadget"),
    "a kind of filters": (["--figure", "a.svg", "--kind", "layers"], "filters", ""),
    "too large": (["--figure", "a.svg", "--kind", "net"], "too many to draw", "components"),
    "no machine": (["--figure", "a.svg", "--kind", "spacetime"], "needs the machine", "source"),
    "no vertex": (["--figure", "a.svg", "--vertex", "nobody"], "nobody", ""),
    "not of one vertex": (
        ["--figure", "a.svg", "--kind", "weights", "--vertex", "1"], "no single vertex", "gadget",
    ),
    "no folder": (["--figure", "nowhere/a.svg"], "nowhere", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_be_drawn_is_refused_and_nothing_is_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments, why, hint = REFUSALS[name]
    done = sgdcc("inspect", "builtin:parity:bits=1", *arguments)
    assert done.code in (2, 3)
    assert why in done.err
    assert hint in done.err
    assert "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_it_says_what_to_install(
    beaver: Compiled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(SourceError, match=r"needs matplotlib.*\n.*pip install"):
        draw_figure(tmp_path / "a.svg", None, beaver.net)
    with pytest.raises(SourceError, match="cannot draw"):  # said first, before anything is run
        draw_figure(tmp_path / "a.gif", "flips", beaver.net)
    assert list(tmp_path.iterdir()) == []


WITHOUT_TORCH = """
import sys
from pathlib import Path
from compiler.netfile import load_net
from runtime.figures import draw_figure
net = load_net(Path("a.net").read_bytes(), "a.net")
for kind in ("gadget", "components", "weights", "margins"):
    draw_figure(Path("a.svg"), kind, net)
assert not {"torch", "numba", "matplotlib.pyplot"} & set(sys.modules)
"""


def test_figures_of_a_net_alone_load_no_torch(beaver: Compiled, tmp_path: Path) -> None:
    beaver.save(tmp_path / "a.net")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT_TORCH],
        cwd=tmp_path, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_the_gallery_is_small_and_complete() -> None:
    sizes = [(ROOT / "docs" / "gallery" / f"{name}.png").stat().st_size for name in GALLERY]
    assert max(sizes) <= 60_000
    assert sum(sizes) <= 400_000


@pytest.mark.slow
def test_the_gallery_can_be_drawn_again(tmp_path: Path) -> None:
    for path in draw_gallery(tmp_path):
        drawn, kept = (_size_of(file) for file in (path, ROOT / "docs" / "gallery" / path.name))
        assert drawn == kept


def _size_of(picture: Path) -> tuple[int, int]:
    """Width and height of a PNG file, in dots."""
    head = picture.read_bytes()[:24]
    return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])


def test_the_readme_can_show_the_gallery_at_its_width() -> None:
    widths = [_size_of(ROOT / "docs" / "gallery" / f"{name}.png")[0] for name in GALLERY]
    assert max(widths) <= 12 * DPI
