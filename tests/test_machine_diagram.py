"""Runs as text and as pictures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

import circuits.machines.diagram as diagram_module
import circuits.machines.picture as picture_module
from circuits.catalog import builtin_machine
from circuits.errors import LimitError, SourceError
from circuits.machines.ant import ant, langton
from circuits.machines.busy_beaver import busy_beaver
from circuits.machines.cell_image import colors, mixed
from circuits.machines.configuration import Field, initial
from circuits.machines.diagram import shown_box, text_diagram
from circuits.machines.machine import Machine, Move
from circuits.machines.picture import draw
from circuits.machines.row_reduction import linear_system, row_reduction
from circuits.machines.run import run, trajectory

BEAVER = busy_beaver(2)
ROWS = row_reduction()


def lines(machine: Machine, steps: int, *, last: bool = False) -> list[str]:
    return text_diagram(machine, initial(machine), steps, last=last).splitlines()


def test_a_run_on_a_tape_is_a_line_for_every_step() -> None:
    assert lines(BEAVER, 100) == [
        "step  state",
        "   0  A      0  0 [0] 0",
        "   1  B      0  0  1 [0]",
        "   2  A      0  0 [1] 1",
        "   3  B      0 [0] 1  1",
        "   4  A     [0] 1  1  1",
        "   5  B      1 [1] 1  1",
        "   6  Z      1  1 [1] 1",
        "halted after 6 steps",
    ]


def test_the_last_configuration_can_be_had_alone() -> None:
    assert lines(BEAVER, 2, last=True) == [
        "step  state",
        "   2  A     [1] 1",
        "still running after 2 steps",
    ]
    million = lines(busy_beaver(2, 4), 10**7, last=True)
    assert million[-1] == "halted after 3,932,964 steps"
    assert million[1].startswith("3932964  Z ")


def test_a_run_on_a_plane_is_a_frame_for_every_step() -> None:
    assert lines(langton(), 2) == [
        "step 0, state N",
        "[0] 0",
        " 0  0",
        "",
        "step 1, state E",
        " 1 [0]",
        " 0  0",
        "",
        "step 2, state S",
        " 1  1",
        " 0 [0]",
        "",
        "still running after 2 steps",
    ]
    assert lines(langton(), 1)[-1] == "still running after 1 step"
    assert lines(langton(), 2, last=True) == lines(langton(), 2)[-5:]


def test_long_names_keep_the_cells_in_columns() -> None:
    rules = {
        ("a long state", "x"): ("blank", Move.RIGHT, "b"),
        ("b", "blank"): ("x", Move.LEFT, "b"),
    }
    machine = Machine.of_rules(rules, start="a long state", blank="blank", input=("x",))
    assert lines(machine, 2) == [
        "step  state",
        "   0  a long state [  x  ] blank",
        "   1  b             blank [blank]",
        "   2  b            [blank]   x",
        "still running after 2 steps",
    ]


def test_the_head_outside_the_field_is_shown() -> None:
    back = {("A", "0"): ("0", Move.LEFT, "B"), ("B", "0"): ("1", Move.LEFT, "B")}
    machine = Machine.of_rules(back, start="A", blank="0")
    field = Field(2, margin=True)
    text = text_diagram(machine, initial(machine, field=field), 9, field)
    assert text.splitlines()[1:] == [
        "   0  A      0 [0] 0",
        "   1  B     [0] 0  0",
        "would leave the cells after 1 step",
    ]
    bare = Field(2)
    text = text_diagram(machine, initial(machine, field=bare), 9, bare)
    assert text.splitlines()[-1] == "would leave the cells after 0 steps"


def test_too_long_a_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagram_module, "MOST_SHOWN", 28)
    assert len(lines(BEAVER, 100)) == 9
    monkeypatch.setattr(diagram_module, "MOST_SHOWN", 27)
    with pytest.raises(LimitError, match=r"^6 steps on 4 x 1 cells are too many to write down"):
        lines(BEAVER, 100)
    assert len(lines(BEAVER, 100, last=True)) == 3


def test_every_symbol_has_a_colour_of_its_own_and_blank_is_white() -> None:
    for rule in ("R", "RL", "RLN", "R" * 8, "R" * 9, "R" * 40):
        shown = colors(ant(rule))
        assert shown[0] == "#ffffff"
        assert len(set(shown)) == len(shown) == len(rule)
    other = Machine.of_rules({("A", "x"): ("y", Move.LEFT, "A")}, start="A", blank="z",
                             symbols=("x", "y", "z"))  # fmt: skip
    assert colors(other)[2] == "#ffffff"


def test_a_pixel_is_the_mean_of_its_cells() -> None:
    cells = np.array([[0, 1, 1], [1, 1, 2]], np.int16)
    palette = ["#000000", "#ffffff", "#ff0000"]
    assert mixed(cells, palette, 1, 1)[1, 2].tolist() == [1, 0, 0]
    image = mixed(cells, palette, 2, 2)
    assert image.shape == (1, 2, 3)
    assert image[0].tolist() == [[0.75] * 3, [1, 0.5, 0.5]]


PICTURES = {
    "a short tape": (BEAVER, 100),
    "a sampled tape": (busy_beaver(2, 4), 10**7),
    "a short walk": (langton(), 30),
    "a plane": (langton(), 11_000),
    "a strip with many colours": (builtin_machine("ant:rule=LLRRRLRLRLLRRLR"), 150_000),
    "nothing at all": (BEAVER, 0),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_run_is_drawn(name: str, tmp_path: Path) -> None:
    machine, steps = PICTURES[name]
    path = draw(machine, initial(machine), steps, tmp_path / "run.png")
    assert path.read_bytes().startswith(b"\x89PNG")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("ending", "start"), [(".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_a_run_is_drawn_in_lines_too_and_always_the_same(
    ending: str, start: bytes, tmp_path: Path
) -> None:
    field = Field(3, 3, margin=True)
    begun = linear_system(ROWS, [[1, 0], [1, 1]], [1, 0], [0, 1], field=field)
    drawn = [draw(ROWS, begun, 9, tmp_path / f"{i}{ending}", field).read_bytes() for i in range(2)]
    assert drawn[0].startswith(start)
    assert drawn[0] == drawn[1]


def drawn_tape(steps: int) -> Axes:
    """The axes of a drawing of the run."""
    figure, start = Figure(), initial(BEAVER)
    ran = run(BEAVER, start, steps)
    box = shown_box(start, ran)
    picture_module._draw_tape(figure, picture_module._Drawn(BEAVER, start, ran, box, None))
    return figure.axes[0]


def test_a_picture_shows_the_cells_the_head_and_the_states() -> None:
    axes = drawn_tape(100)
    (image,) = axes.images
    shown = image.get_array()
    assert shown is not None
    white, blue = [1.0, 1.0, 1.0], [0x00 / 255, 0x72 / 255, 0xB2 / 255]
    moments = [moment.configuration for moment in trajectory(BEAVER, initial(BEAVER), 100)]
    for row, moment in enumerate(moments):
        ones = [moment.symbol(x, 0, 0) for x in range(-2, 2)]
        assert np.allclose(shown[row], [blue if one else white for one in ones])
    assert tuple(image.get_extent()) == (-2.5, 1.5, 6.5, -0.5)
    frames = [patch.get_xy() for patch in axes.patches if isinstance(patch, Rectangle)]
    assert frames == [(moment.head[0] - 0.5, row - 0.5) for row, moment in enumerate(moments)]
    assert [text.get_text() for text in axes.get_yticklabels()] == [
        "0  A", "1  B", "2  A", "3  B", "4  A", "5  B", "6  Z"
    ]  # fmt: skip
    letters = [text.get_text() for text in axes.texts]
    assert "".join(letters[-4:]) == "1111"


def test_the_visits_are_left_out_of_a_long_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_module, "MOST_VISITS", 100)
    assert draw(langton(), initial(langton()), 101, tmp_path / "run.png").is_file()


def test_what_cannot_be_drawn_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refusal:
        draw(BEAVER, initial(BEAVER), 10, tmp_path / "run.gif")
    assert refusal.value.message == f"cannot draw {tmp_path / 'run.gif'}"
    assert refusal.value.hint == "name a file .png, .svg, .pdf"
    with pytest.raises(SourceError, match=r"^cannot write .*: No such file or directory$"):
        draw(BEAVER, initial(BEAVER), 10, tmp_path / "nowhere" / "run.png")
    assert list(tmp_path.iterdir()) == []


def test_a_picture_needs_matplotlib(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from circuits.machines.busy_beaver import busy_beaver\n"
        "from circuits.machines.configuration import initial\n"
        "from circuits.machines.picture import draw\n"
        "assert 'matplotlib' not in sys.modules\n"
        "sys.modules['matplotlib'] = None\n"
        "beaver = busy_beaver(2)\n"
        "draw(beaver, initial(beaver), 10, Path('run.png'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True
    )
    assert "a picture needs matplotlib\n  help: pip install 'sgdcc[plot]'" in done.stderr
