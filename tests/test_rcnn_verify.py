"""Verification of the recurrent convolutional net, and that it finds what is broken."""

from __future__ import annotations

import json

import pytest
import torch
from rcnn_machines import BORDERS, with_bias, with_map

from circuits.catalog import builtin_machine
from circuits.errors import LimitError, SourceError
from circuits.machines.bounded import bounded_machine
from circuits.machines.machine import Machine, Move
from circuits.machines.options import MachineOptions
from compiler.rcnn.grids import computing_grid, running
from compiler.rcnn.initial import layers_needed
from compiler.rcnn.machine_to_rcnn import machine_to_rcnn
from runtime.rcnn.module import Rcnn
from runtime.rcnn.report import RcnnReport
from runtime.rcnn.settings import CONTROLS, RcnnSettings
from runtime.rcnn.trace import Tracer, events_of_grids, events_of_run, start
from runtime.rcnn.verify import verify_rcnn

PARITY, MAJORITY = builtin_machine("parity-machine"), builtin_machine("majority-machine")
BEAVER = builtin_machine("busy-beaver:states=4")


def verified(
    machine: Machine = MAJORITY, options: MachineOptions | None = None, **settings: object
) -> RcnnReport:
    given = {"bits": 2, "samples": 4, "fresh": 10} if machine is not BEAVER else {}
    return verify_rcnn(machine, options, RcnnSettings(**(given | settings)))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["majority-machine", "nearest-machine", "parity-machine"])
@pytest.mark.parametrize("scale", ["integer", "base3"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_learner_emulates(name: str, scale: str, dtype: str) -> None:
    report = verified(builtin_machine(name), scale=scale, dtype=dtype)
    assert report.emulates
    assert report.facts.memorised
    assert (report.steps, report.facts.fresh, report.facts.fresh_wrong) == (5, 10, 0)
    assert (report.cell_mismatches, report.output_mismatches, report.memory_mismatches) == (0, 0, 0)
    # 5 steps of SGD and 4 queries, every cell of every layer
    assert report.facts.cells_compared == 9 * report.facts.layers * 5 * 4


def test_the_plain_path_finds_the_same() -> None:
    fast, plain = (verified(path=path, samples=2, fresh=3) for path in ("fast", "plain"))
    assert fast.emulates
    assert plain.emulates
    assert fast.facts.layers == plain.facts.layers


@pytest.mark.parametrize("machine", [MAJORITY, PARITY], ids=["majority", "parity"])
@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 2))])
def test_what_is_broken_is_found(machine: Machine, control: str, seed: int) -> None:
    report = verified(machine, control=control, seed=seed)
    assert not report.emulates
    first = report.first_divergence
    assert first is not None
    assert first.cell is not None
    assert first.expected != first.got
    due = {
        "batch-size": ("SGD step 0", "W"),
        "flip-weight": ("SGD step 0", "cell"),
        "halting-place": ("query 0", "answer"),
        "layers": ("query 0", "answer"),
        "learning-rate": ("SGD step 0", "W"),
    }
    assert (first.when, first.check) == due[control]
    assert (first.layer is None) == (first.check == "W")
    assert report.facts.memorised == (control in ("halting-place", "layers"))


def test_every_bias_that_moves_is_found() -> None:
    """Of the gates of one filter; what moves every computing cell shows in the first layers."""
    net = machine_to_rcnn(MAJORITY)
    gates = net.patch.maps[3].outputs
    amount = 10 * net.patch.maps[3].bias_denominator
    found = []
    for gate in range(gates):
        broken = with_map(net, 3, with_bias(gate, amount))
        try:
            report = verify_rcnn(broken, None, RcnnSettings(bits=2, samples=3, fresh=20))
        except LimitError:
            continue
        found.append(report.emulates)
    assert found
    assert not all(found)


def test_a_report_names_layer_cell_and_both_values() -> None:
    first = verified(control="layers").first_divergence
    assert first is not None
    assert str(first).startswith(f"query 0, layer {first.layer}, cell ({first.cell[0]}, ")  # type: ignore[index]
    assert "answer: expected" in str(first)


@pytest.mark.parametrize("scale", ["integer", "base3"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("path", ["fast", "plain"])
def test_a_busy_beaver_runs_cell_for_cell(scale: str, dtype: str, path: str) -> None:
    report = verified(BEAVER, scale=scale, dtype=dtype, path=path)
    assert report.emulates
    assert report.facts.memorised is None
    assert (report.facts.layers, report.facts.grid) == (107, (14, 1))
    assert report.facts.cells_compared == 107 * 14


@pytest.mark.parametrize("seed", range(4))
def test_a_flipped_weight_of_a_busy_beaver_is_found(seed: int) -> None:
    report = verified(BEAVER, control="flip-weight", seed=seed)
    assert not report.emulates
    assert report.cell_mismatches
    assert report.first_divergence is not None
    assert (report.first_divergence.when, report.first_divergence.layer) == ("run", 1)


def test_langtons_ant_runs() -> None:
    report = verify_rcnn(builtin_machine("langton"), settings=RcnnSettings(layers=11_000))
    assert report.emulates
    assert report.facts.grid == (67, 45)


def test_an_ant_on_few_cells_stops_at_the_border_as_a_layer_does() -> None:
    options = MachineOptions(cells=(9, 9))
    report = verify_rcnn(builtin_machine("langton"), options, RcnnSettings(layers=2000))
    assert report.emulates


def test_a_machine_that_meets_borders_runs() -> None:
    options = MachineOptions(input="0_1/*10_", margin=True)
    assert verify_rcnn(BORDERS, options, RcnnSettings(layers=100)).emulates


@pytest.mark.slow
def test_a_long_run_in_a_box() -> None:
    machine = builtin_machine("busy-beaver:states=3,symbols=3,record=box")
    report = verify_rcnn(machine)
    assert report.emulates
    assert report.facts.layers == 2_315_619
    plain = verify_rcnn(machine, settings=RcnnSettings(layers=1000, path="plain"))
    assert plain.emulates


@pytest.mark.slow
def test_parity_of_16_bits_is_learned() -> None:
    report = verify_rcnn(PARITY, settings=RcnnSettings(bits=16))
    assert report.emulates
    assert (report.facts.fresh, report.facts.fresh_wrong) == (1000, 0)


def test_events_of_a_run_are_those_of_its_grids() -> None:
    ant = builtin_machine("langton")
    coding = machine_to_rcnn(ant).coding
    bounded = bounded_machine(ant, MachineOptions(cells=(9, 9)), 400)
    field, configuration = bounded.field, bounded.configuration
    logs = [
        list(events_of_run(ant, coding, configuration, field)),
        list(events_of_grids(running(ant, coding, configuration, field))),
    ]
    grids: list[list[list[int]]] = []
    for log in logs:
        grid = computing_grid(coding, configuration, field).ravel()
        grids.append([])
        for events in log:
            for cell, number in events:
                grid[cell] = number
            grids[-1].append(grid.tolist())
    assert grids[0] == grids[1]
    assert len(grids[0]) > 50


@pytest.mark.parametrize("layer", [1, 7, 40])
def test_a_layer_that_is_wrong_is_the_one_that_is_named(layer: int) -> None:
    net, bounded = machine_to_rcnn(BEAVER), bounded_machine(BEAVER)
    due = computing_grid(net.coding, bounded.configuration, bounded.field)
    events = list(events_of_run(BEAVER, net.coding, bounded.configuration, bounded.field))
    events[layer - 1] = [(3, int(due[0, 0])), (5, int(due[0, 0]) + 1)]
    module = Rcnn(net, samples=1, bits=1, layers=107, path="fast")
    grid = torch.tensor(net.coding.floats(due))
    tracer = Tracer(net.coding, BEAVER, due)
    assert tracer.begin(grid.numpy()) is None
    mismatch = tracer.follow(start(module, grid), iter(events), 107)
    assert mismatch is not None
    assert mismatch.layer == layer


def test_a_grid_that_begins_wrong_is_found() -> None:
    net, bounded = machine_to_rcnn(BEAVER), bounded_machine(BEAVER)
    due = computing_grid(net.coding, bounded.configuration, bounded.field)
    values = net.coding.floats(due)
    values[0, 4] += 0.75
    mismatch = Tracer(net.coding, BEAVER, due).begin(values)
    assert mismatch is not None
    assert (mismatch.layer, mismatch.cell, mismatch.cells) == (0, (4, 0), 1)
    assert "the value of no cell" in mismatch.got


def test_what_cannot_be_verified_is_refused() -> None:
    with pytest.raises(SourceError, match="does not halt"):
        verify_rcnn(builtin_machine("langton"))
    with pytest.raises(SourceError, match="cannot read samples"):
        verify_rcnn(BEAVER, settings=RcnnSettings(bits=2))
    with pytest.raises(SourceError, match="for learners only"):
        verify_rcnn(BEAVER, settings=RcnnSettings(control="layers"))
    with pytest.raises(SourceError, match="unknown path"):
        RcnnSettings(path="slow")
    with pytest.raises(SourceError, match="0 bits"):
        RcnnSettings(bits=0)
    forever = Machine.of_rules(
        {("A", s): (s, Move.STAY, "A") for s in "_01"}, start="A", blank="_", symbols=tuple("_01")
    )
    with pytest.raises(SourceError, match="does not halt on such samples"):
        verify_rcnn(forever, settings=RcnnSettings(bits=1, samples=1, fresh=1))


def test_a_machine_that_nobody_knows_is_judged_by_itself() -> None:
    """It answers +1 and leaves the rest as it is, which a learner must not."""
    idle = Machine.of_rules(
        {("A", s): (s, Move.STAY, "H") for s in "01"}, start="A", blank="_", symbols=tuple("_01")
    )
    report = verify_rcnn(idle, settings=RcnnSettings(bits=2, samples=3, fresh=5))
    assert not report.emulates
    assert report.first_divergence is not None
    assert report.first_divergence.check == "answer"


def test_layers_are_as_many_as_the_farthest_cell_needs() -> None:
    report = verified(samples=4)
    assert report.facts.layers == layers_needed(5, 3, report.facts.machine_layers)


def test_the_json_has_all_keys() -> None:
    facts = json.loads(verified().to_json())
    assert facts["target"] == "rcnn"
    assert facts["memorised"] is True
    assert facts["vertices"] is None
    for key in ("states", "width", "parameters", "distinct_weights", "layers", "fresh_wrong"):
        assert isinstance(facts[key], int)
