"""Figures of SGD runs: as many marks as events, at their places, with their signs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn import svg_texts
from matplotlib.colors import to_hex

from circuits.catalog import builtin_machine
from circuits.errors import LimitError, SourceError
from circuits.machines.bounded import bounded_machine
from circuits.machines.classical_learners import classical
from circuits.machines.configuration import step
from compiler.net import Net
from compiler.rcnn.filter import Filter
from compiler.rcnn.grids import predicting
from compiler.rcnn.initial import input_grid, memory
from compiler.rcnn.machine_to_rcnn import machine_to_rcnn
from runtime.compiled import Compiled, compile_source
from runtime.figures import Picture
from runtime.figures.flips import MOST_IN_A_ROW, MOST_MARKS, draw_flips, to_positive
from runtime.figures.gallery import full_adder
from runtime.figures.layers import draw_layers
from runtime.figures.spacetime import chosen_steps, draw_spacetime
from runtime.figures.style import NEGATIVE, POSITIVE, drawing
from runtime.rcnn.settings import RcnnSettings
from runtime.rcnn.task import draw_task
from runtime.recording import Recording, record
from runtime.settings import Settings


@pytest.fixture(scope="module")
def beaver() -> Compiled:
    return compile_source("builtin:busy-beaver:states=2")


@pytest.fixture(scope="module")
def recording(beaver: Compiled) -> Recording:
    return record(beaver.net, Settings(), beaver.machine)


@pytest.fixture(scope="module")
def learner() -> Filter:
    return machine_to_rcnn(builtin_machine("parity-machine"))


def marks(picture: Picture) -> dict[str, set[tuple[int, int]]]:
    """Colour -> (step, memory bit) of the marks; a mark that is drawn twice is an error."""
    found: dict[str, set[tuple[int, int]]] = {}
    for collection in picture.figure.axes[-1].collections:
        at: Any = collection.get_offsets()
        places = {(round(x), round(y)) for x, y in np.asarray(at).tolist()}
        assert len(places) == len(at)
        if places:
            color: Any = collection.get_facecolor()
            found[to_hex(color[0])] = places
    return found


def with_flips(recording: Recording, steps: int, bits: list[int]) -> Recording:
    """A run that flips these bits in each of so many steps; made up, to be drawn."""
    return replace(
        recording,
        samples=np.zeros((steps, len(recording.net.inputs)), np.int8),
        labels=np.ones(steps, np.int8),
        outputs=np.full(steps, -1.0),
        flip_steps=np.repeat(np.arange(steps), len(bits)).astype(np.int32),
        flip_bits=np.tile(bits, steps).astype(np.int32),
    )


def test_there_is_a_mark_for_each_flip_and_its_colour_is_the_new_sign(
    recording: Recording,
) -> None:
    with drawing():
        found = marks(draw_flips(recording))
    edges, wanted = recording.memory_edges, dict[str, set[tuple[int, int]]]()
    for moment in range(recording.steps):
        before, after = (recording.weights(moment + more)[edges] for more in (0, 1))
        for bit in np.flatnonzero(before != after).tolist():
            color = POSITIVE if after[bit] > 0 else NEGATIVE
            wanted.setdefault(color, set()).add((moment, bit))
    assert found == wanted
    assert sum(map(len, found.values())) == len(recording.flip_steps) > 10
    assert len(found) == 2


def test_the_two_signs_have_different_marks(recording: Recording) -> None:
    with drawing():
        drawn = draw_flips(recording).figure.axes[-1].collections
    up, down = (collection.get_paths()[0].vertices for collection in drawn)
    assert not np.array_equal(np.asarray(up), np.asarray(down))


def test_a_bit_that_begins_as_1_becomes_positive_with_its_first_flip(recording: Recording) -> None:
    twice = with_flips(recording, 2, [0])
    for first in (False, True):
        run = replace(twice, initial=np.full(len(recording.initial), first))
        assert to_positive(run).tolist() == [first, not first]


def test_a_tick_stands_above_each_wrong_step() -> None:
    recording = record(compile_source("builtin:parity:bits=1").net, Settings(steps=30, seed=1))
    with drawing():
        (line,) = draw_flips(recording).figure.axes[0].lines
    at: Any = line.get_xdata()
    assert at.tolist() == np.flatnonzero(recording.wrong).tolist()
    assert 0 < len(at) < recording.steps


def test_memory_bits_have_their_names_beside_the_raster(
    recording: Recording, tmp_path: Path
) -> None:
    said = svg_texts(draw_flips(recording), tmp_path)
    assert all(said[name] == 1 for name in recording.memory_names)


@pytest.mark.parametrize(
    ("steps", "bits", "why"),
    [
        (MOST_MARKS // 8 + 1, list(range(8)), f"more than {MOST_MARKS:,}"),
        (MOST_IN_A_ROW + 1, [3], f"more than {MOST_IN_A_ROW}"),
    ],
)
def test_too_many_flips_are_drawn_as_a_density_which_says_so(
    recording: Recording, steps: int, bits: list[int], why: str, tmp_path: Path
) -> None:
    assert max(bits) < len(recording.initial)
    many = with_flips(recording, steps, bits)
    picture = draw_flips(many)
    assert why in picture.note
    assert svg_texts(picture, tmp_path)[picture.note] == 1
    (image,) = picture.figure.axes[1].images
    drawn: Any = image.get_array()
    by_bit = drawn.filled(0).sum(axis=1)
    assert by_bit.tolist() == [steps if bit in bits else 0 for bit in range(len(by_bit))]


def test_cells_are_marked_by_the_label_that_set_them() -> None:
    net = compile_source("builtin:parity:bits=2", target="noise-tolerant", samples=4).net
    recording = record(net, Settings(seed=3))
    with drawing():
        found = marks(draw_flips(recording))
    wanted: dict[str, set[tuple[int, int]]] = {}
    for moment, bit in zip(recording.flip_steps, recording.flip_bits, strict=True):
        color = POSITIVE if recording.labels[moment] > 0 else NEGATIVE
        wanted.setdefault(color, set()).add((int(moment), int(bit)))
    assert found == wanted
    assert sum(map(len, found.values())) == 4 * 2


def rows_of_letters(picture: Picture) -> list[str]:
    """The symbols that are written into the cells of a tape, row by row."""
    cells: dict[int, dict[int, str]] = {}
    for text in picture.figure.axes[0].texts:
        x, y = text.get_position()
        cells.setdefault(round(y), {})[round(x)] = text.get_text()
    return ["".join(row[x] for x in sorted(row)) for _, row in sorted(cells.items())]


def test_a_space_time_diagram_shows_what_the_machine_does(
    beaver: Compiled, recording: Recording
) -> None:
    machine = beaver.machine
    assert machine is not None
    with drawing():
        picture = draw_spacetime(recording, machine)
    moment, wanted, heads = machine.configuration, list[str](), list[int]()
    for _ in range(recording.steps + 1):
        wanted.append("".join(machine.machine.symbols[s] for s in moment.cells[0]))
        heads.append(moment.head[0])
        moment = step(machine.machine, moment, machine.field).configuration
    assert rows_of_letters(picture) == wanted
    frames = picture.figure.axes[0].patches
    assert [round(frame.get_x() + 0.5) for frame in frames] == heads  # type: ignore[attr-defined]


def test_a_space_time_diagram_is_that_of_the_weights(
    beaver: Compiled, recording: Recording
) -> None:
    machine = beaver.machine
    assert machine is not None
    cell = recording.memory_names.index("cell[0].symbol[0]")
    other = replace(
        recording, initial=recording.initial ^ (np.arange(len(recording.initial)) == cell)
    )
    with drawing():
        drawn = [rows_of_letters(draw_spacetime(one, machine)) for one in (recording, other)]
    assert drawn[0] != drawn[1]
    assert [row[1:] for row in drawn[0]] == [row[1:] for row in drawn[1]]
    headless = replace(recording, initial=np.zeros_like(recording.initial))
    with pytest.raises(LimitError, match="no configuration"):
        draw_spacetime(headless, machine)


def test_a_run_of_no_steps_can_be_drawn(beaver: Compiled, recording: Recording) -> None:
    machine = beaver.machine
    assert machine is not None
    none = with_flips(recording, 0, [])
    with drawing():
        assert marks(draw_flips(none)) == {}
        assert rows_of_letters(draw_spacetime(none, machine)) == ["0000"]


def test_of_a_long_run_every_so_many_steps_are_drawn() -> None:
    assert chosen_steps(50_000, plane=False) == list(range(0, 50_001, 51))
    assert len(chosen_steps(10**6, plane=True)) == 6


def test_six_moments_of_a_plane_are_drawn() -> None:
    compiled = compile_source(bounded_machine(builtin_machine("langton"), steps=12))
    assert compiled.machine is not None
    run = record(compiled.net, Settings(steps=12), compiled.machine)
    picture = draw_spacetime(run, compiled.machine)
    assert [axes.get_title().split(",")[0] for axes in picture.figure.axes] == [
        f"step {number}" for number in (0, 2, 5, 7, 10, 12)
    ]


def letters_of(axes: Any) -> dict[tuple[int, int], str]:
    return {(round(t.get_position()[0]), round(t.get_position()[1])): t.get_text()
            for t in axes.texts}  # fmt: skip


def test_the_layers_of_a_learner_are_those_of_the_machine(learner: Filter) -> None:
    settings = RcnnSettings(bits=2, samples=3, seed=5)
    with drawing():
        picture = draw_layers(learner, settings, None)
    task = draw_task(classical(learner.machine), 3, 2, 1, 5)
    signs = memory(task.samples, task.labels, 4)
    start = input_grid(learner.coding, signs, task.queries[0], 1)
    due = list(predicting(learner.machine, learner.coding, start))
    panels = {
        int(axes.get_title().split()[1].replace(",", "")): axes
        for axes in picture.figure.axes
        if axes.get_title().startswith("layer")
    }
    assert len(panels) >= 8
    for layer, axes in panels.items():
        wanted = {}
        for (y, x), number in np.ndenumerate(due[min(layer, len(due) - 1)]):
            cell = learner.coding.cells[number]
            assert cell is not None
            if cell.phase == 1 or (cell.symbol != learner.coding.blank and not cell.workspace):
                wanted[x, y] = learner.machine.symbols[cell.symbol]
            if cell.state is not None:
                assert learner.machine.states[cell.state] in axes.get_title()
        assert letters_of(axes) == wanted


def test_sgd_writes_the_samples_row_by_row(learner: Filter) -> None:
    with drawing():
        picture = draw_layers(learner, RcnnSettings(bits=2, samples=3), None)
    written = {
        axes.get_title(): {y for _, y in letters_of(axes)}
        for axes in picture.figure.axes
        if axes.get_title().startswith("step")
    }
    assert written["step 0\nlayer 0"] == written["step 0\nlayer 3"] == set()
    assert written["step 1\nlayer 0"] == {0}
    assert written["step 3\nlayer 0"] == {0, 1, 2}


def test_a_machine_that_is_no_learner_is_drawn_on_its_tape() -> None:
    machine = builtin_machine("busy-beaver:states=2")
    with drawing():
        picture = draw_layers(machine_to_rcnn(machine), RcnnSettings(), None)
    assert rows_of_letters(picture)[-1] == "1111"


def test_a_grid_that_is_too_large_for_letters_is_refused(learner: Filter) -> None:
    with pytest.raises(LimitError, match="give --bits 38 or fewer"):
        draw_layers(learner, RcnnSettings(bits=39), None)


def test_a_tape_that_is_too_long_is_refused(beaver: Compiled, recording: Recording) -> None:
    machine = beaver.machine
    assert machine is not None
    long = replace(machine, field=replace(machine.field, width=10**6 + 1))
    with pytest.raises(LimitError, match="give the machine fewer"):
        draw_spacetime(recording, long)


def test_a_net_without_memory_has_no_run_to_draw(net_without_memory: Net) -> None:
    with pytest.raises(SourceError, match="no weights that train"):
        record(net_without_memory, Settings())


@pytest.fixture(scope="module")
def net_without_memory() -> Net:
    return compile_source(full_adder()).net
