"""Verification of machines: wrong tables, weights and heads are found, and said to be where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_machines import ANT, BEAVER, BEAVER_4
from small_circuits import toggle
from small_machines import machines

from circuits.errors import InvariantError, SourceError
from circuits.machines.bounded import BoundedMachine, bounded_machine
from circuits.machines.configuration import Outcome, initial
from circuits.machines.machine import Machine, Move
from circuits.machines.options import MachineOptions
from circuits.machines.run import trajectory
from compiler.pipeline import compile_net
from runtime import verify_emulation
from runtime.compiled import compile_source
from runtime.labels import always_wrong
from runtime.machines import verify as verify_machine
from runtime.machines.report import MachineReport
from runtime.report import Check, Report
from runtime.settings import CONTROLS, DTYPES, Settings
from runtime.trainer import Array, TorchTrainer
from runtime.verify import verify


def verified(machine: BoundedMachine, **how: Any) -> tuple[Report, MachineReport]:
    """The report on a machine, and what it says of machines."""
    report = compile_source(machine).verify(**how)
    assert report.machine is not None
    return report, report.machine


def found_by(report: Report) -> dict[str, int]:
    """The checks that failed."""
    return {check: getattr(report, check) for check in Check if getattr(report, check)}


@given(machines(), st.integers(1, 5), st.integers(1, 3), st.booleans())
@settings(max_examples=25)
def test_machines_of_all_kinds_are_emulated(
    machine: Machine, width: int, height: int, margin: bool
) -> None:
    cells = width, height if machine.planar else 1
    bounded = bounded_machine(machine, MachineOptions(cells=cells, margin=margin))
    report, found = verified(bounded, steps=12)
    assert report.emulates, report
    assert report.configuration_mismatches == 0
    ran = bounded.run(12)
    assert (found.machine_steps, found.halted) == (ran.steps, ran.outcome is Outcome.HALTED)
    assert found.score == ran.configuration.score(machine.blank)
    stopped_before = ran.steps < 12  # there was a step left, to set the bit
    assert found.head_left == (stopped_before and ran.outcome in (Outcome.LEFT, Outcome.MARGIN))
    assert (found.head_left_to is not None) == found.head_left


def first_use(machine: Machine, state: int, symbol: int) -> int:
    """The step in which an entry is carried out for the first time."""
    for number, (moment, _) in enumerate(trajectory(machine, initial(machine), 200)):
        read = moment.symbol(*moment.head, machine.blank)
        if (moment.state, read) == (state, symbol):
            return number
    raise AssertionError(f"{state}, {symbol} is never read")


def altered(machine: Machine, table: str, state: int, symbol: int, value: int) -> Machine:
    """The machine with one number of its table changed."""
    changed = getattr(machine, table).copy()
    changed[state, symbol] = value
    return replace(machine, **{table: changed})


@pytest.mark.parametrize("rule", list(BEAVER_4.rules()), ids=lambda rule: f"{rule[:2]}")
def test_every_wrong_entry_is_found_when_it_is_used(rule: Any) -> None:
    """Other checks see nothing: the net runs its own circuit, which is of another table."""
    right = bounded_machine(BEAVER_4, MachineOptions(cells=(16, 1)))
    step = first_use(BEAVER_4, rule.state, rule.symbol)
    others = {
        "write": 1 - rule.write,
        "move": Move.LEFT if rule.move is Move.RIGHT else Move.RIGHT,
        "following": (rule.following + 1) % len(BEAVER_4.states),
    }
    for table, value in others.items():
        wrong = replace(right, machine=altered(BEAVER_4, table, rule.state, rule.symbol, value))
        report = verify_machine.verify_machine(compile_net(wrong.circuit()), right)
        assert not report.emulates
        assert set(found_by(report)) == {Check.CONFIGURATION}
        first = report.first_divergence
        assert first is not None
        assert (first.check, first.step) == (Check.CONFIGURATION, step)
        assert first.edge is not None


def test_a_configuration_that_differs_is_told_by_cell() -> None:
    right = bounded_machine(BEAVER)
    wrong = replace(right, machine=altered(BEAVER, "write", 1, 0, 0))
    report = verify_machine.verify_machine(compile_net(wrong.circuit()), right)
    assert str(report.first_divergence) == (
        "step 1: configuration mismatches: v1 of memory unit cell[3].symbol[0] (vertex 5, edge 4): "
        "expected symbol '1', got symbol '0'"
    )
    assert report.configuration_mismatches == 1


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("control", CONTROLS)
def test_every_negative_control_fails(control: str, dtype: str) -> None:
    compiled = compile_source(BEAVER_4)
    for seed in range(5):
        assert not compiled.verify(control=control, dtype=dtype, seed=seed).emulates


class TwoHeads(TorchTrainer):
    """After the third step the weights say that the head is on another cell too."""

    step = 0

    def update(self) -> None:
        super().update()
        self.step += 1
        if self.step == 3:
            bits = {bit.name: bit.edge for bit in self.module.net.memory}
            self.weights[bits["cell[0].head"]] *= -1


def test_weights_that_are_no_configuration_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_emulation, "trainer", TwoHeads)
    report, found = verified(bounded_machine(BEAVER))
    assert found_by(report) == {Check.MEMORY: 1, Check.CONFIGURATION: 1}
    assert report.steps == 3
    assert (found.machine_steps, found.halted, found.score) == (3, False, None)
    assert "  3 machine steps, not halted, no configuration, 4 cells" in str(report).splitlines()


def test_a_decoder_that_errs_is_our_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_machine, "_decode", lambda *_arguments: None)
    with pytest.raises(InvariantError, match="disagree"):
        verified(bounded_machine(BEAVER))


def walker(move: Move) -> Machine:
    """Goes one way for ever."""
    return Machine.of_rules({("A", "_"): ("_", move, "A")}, start="A", blank="_", planar=True)


@pytest.mark.parametrize(
    ("move", "side"),
    [(Move.LEFT, "on the left"), (Move.RIGHT, "on the right"), (Move.UP, "at the top"),
     (Move.DOWN, "at the bottom")],
)  # fmt: skip
def test_a_head_that_leaves_is_reported_with_its_side(move: Move, side: str) -> None:
    report, found = verified(bounded_machine(walker(move), MachineOptions(cells=(3, 3))))
    assert report.emulates
    assert (found.machine_steps, report.steps) == (1, 2)
    assert (found.head_left, found.head_left_to) == (True, move.name.lower())
    assert (found.halted, found.cells, found.cells_needed) == (False, (3, 3), None)
    said = f"  in step 2 the head would leave the cells {side}"
    assert str(report).splitlines()[-1] == said


def test_a_head_that_leaves_needs_so_many_cells() -> None:
    report, found = verified(bounded_machine(BEAVER_4, MachineOptions(cells=(8, 1))))
    assert report.emulates
    assert (found.head_left_to, found.cells, found.cells_needed) == ("left", (8, 1), (14, 1))
    assert str(report).endswith(
        "\n  25 machine steps, not halted, score 5, 8 cells"
        "\n  in step 26 the head would leave the cells on the left; 14 cells are needed"
    )


def test_a_mark_on_the_margin_is_reported() -> None:
    report, found = verified(bounded_machine(BEAVER, MachineOptions(cells=(1, 1), margin=True)))
    assert report.emulates
    assert (found.machine_steps, found.head_left_to, found.cells_needed) == (1, "margin", None)
    assert str(report).splitlines()[-1] == "  in step 2 the head would write on the margin"


def test_a_head_that_has_not_left_yet_is_not_reported() -> None:
    """The last step goes to the last cell; the one that would leave is not run."""
    _, found = verified(bounded_machine(BEAVER_4, MachineOptions(cells=(8, 1))), steps=25)
    assert (found.machine_steps, found.head_left, found.head_left_to) == (25, False, None)


def test_only_wrong_steps_are_machine_steps() -> None:
    asked: list[int] = []

    def every_third(step: int, _sample: Sequence[int], prediction: int) -> int:
        asked.append(step)
        return prediction if step % 3 else 1 - prediction

    report, found = verified(bounded_machine(BEAVER_4), labels=every_third, steps=30)
    assert report.emulates
    assert report.configuration_mismatches == 0
    assert (len(asked), report.wrong_steps, found.machine_steps) == (30, 10, 10)


def test_other_labels_mean_200_steps() -> None:
    report, found = verified(bounded_machine(BEAVER), labels=lambda _s, _x, prediction: prediction)
    assert (report.steps, found.machine_steps, found.halted) == (200, 0, False)


def test_labels_that_are_always_wrong_may_be_asked_for() -> None:
    report, found = verified(bounded_machine(BEAVER), labels=always_wrong)
    assert (report.steps, found.machine_steps, found.halted) == (7, 6, True)


def test_a_halted_machine_stays_as_it_is() -> None:
    report, found = verified(bounded_machine(BEAVER), steps=20)
    assert report.emulates
    assert (report.wrong_steps, found.machine_steps, found.halted, found.score) == (20, 6, True, 4)


def test_no_steps_are_no_failure() -> None:
    report, found = verified(bounded_machine(BEAVER), steps=0)
    assert (report.emulates, report.configuration_mismatches) == (True, 0)
    assert (found.machine_steps, found.halted, found.score) == (0, False, 0)


def test_the_labels_are_said_to_be_always_wrong() -> None:
    assert verified(bounded_machine(BEAVER))[0].labels == "always-wrong"


def test_a_net_of_other_cells_is_refused() -> None:
    net = compile_source(BEAVER).net
    wide = bounded_machine(BEAVER, MachineOptions(cells=(5, 1)))
    with pytest.raises(SourceError, match="not the net of this machine on these cells"):
        verify_machine.verify_machine(net, wide)


def test_a_long_run_is_not_begun_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_machine, "MOST_STEPS", 106)
    compiled = compile_source(BEAVER_4)
    with pytest.raises(SourceError, match=r"BB\(4\) makes 107 steps\n  help: say how many to run"):
        compiled.verify()
    assert compiled.verify(steps=107).emulates


def test_a_run_without_end_needs_a_number_of_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("circuits.machines.bounded.LIMIT_ON_A_PLANE", 1000)
    turns = altered(ANT, "move", 0, 0, Move.STAY)
    for state, symbol in np.ndindex(4, 2):
        turns = altered(turns, "move", state, symbol, Move.STAY)
    compiled = compile_source(bounded_machine(turns, MachineOptions(cells=(1, 1))))
    with pytest.raises(SourceError, match="Langton's ant makes more than 1000 steps"):
        compiled.verify()


def test_other_sources_say_nothing_of_machines() -> None:
    report = verify(compile_net(toggle()), Settings(steps=3, labels=always_wrong))
    assert (report.machine, report.configuration_mismatches) == (None, None)
    assert "configuration" not in str(report)


def test_the_weights_of_other_sources_hold_no_configuration() -> None:
    compiled = compile_source(toggle())
    with pytest.raises(SourceError, match="is no machine"):
        compiled.configuration(compiled.to_module())


def test_the_further_check_sees_the_weights_after_every_step() -> None:
    seen: list[tuple[int, int]] = []

    def look(weights: Array, wrong: int, findings: Any) -> None:
        seen.append((len(weights), wrong))

    net = compile_net(toggle())
    verify(net, Settings(steps=3, labels=always_wrong), look)
    verify(net, Settings(steps=1, labels=always_wrong, control="batch-size"), look)
    assert seen == [(net.edges, 1)] * 3 + [(net.edges, 2)]
