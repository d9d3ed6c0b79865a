"""Verify that SGD on the net of a machine is the machine, by its table.

Everything that `runtime.verify` compares is compared, against the circuit of one step. Besides,
after every step of SGD the configuration is decoded from the signs of the net's memory edges and
compared with what `circuits.machines.configuration.step` makes of the last one. That looks at the
table only, so it judges the circuit too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from circuits.errors import InvariantError, SourceError
from circuits.machines.bounded import BoundedMachine
from circuits.machines.configuration import Outcome, step
from circuits.machines.encoding import Decoded, Encoding
from compiler.net import Net
from runtime.findings import Findings
from runtime.labels import always_wrong
from runtime.machines.report import MachineReport, blocked_side
from runtime.report import Check, Report
from runtime.settings import Settings
from runtime.trainer import Array
from runtime.verify import verify

_STOPPED = (Outcome.LEFT, Outcome.MARGIN)

MOST_STEPS = 1_000_000
"""Steps to a halt that are run without being asked for: half an hour or so."""


def verify_machine(net: Net, machine: BoundedMachine, settings: Settings | None = None) -> Report:
    """Clock a machine by SGD and compare its configuration after every step.

    By default labels are always wrong, so that every step of SGD is a step of the machine, and
    the run has one step more than the machine makes: in that one the net says that it has halted,
    or notes that the head would leave. With other labels only wrong steps are machine steps.

    Args:
        net: the machine's step, compiled.
        machine: what the configurations are compared with.
        settings: how to verify.

    Returns:
        A report with ``machine``. It emulates where SGD did what the machine does on its cells,
        even if the head left.

    Raises:
        SourceError: the net has the memory bits of no machine like this one; or the machine never
            stops and no number of steps is given.
        LimitError: the net's constants do not fit the dtype.
    """
    settings = settings or Settings()
    if tuple(bit.name for bit in net.memory) != machine.encoding.names:
        raise SourceError(f"{net.source} is not the net of this machine on these cells")
    if settings.labels is None:
        settings = replace(settings, labels=always_wrong, labels_name="always-wrong")
    if settings.labels is always_wrong and settings.steps is None:
        settings = replace(settings, steps=steps_to_stop(machine) + 1)
    comparison = _Comparison(net, machine)
    report = verify(net, settings, comparison.after_step)
    return replace(
        report,
        configuration_mismatches=report.configuration_mismatches or 0,
        machine=comparison.report(),
    )


def steps_to_stop(machine: BoundedMachine) -> int:
    """How many steps a machine makes on its cells until it halts or its head would leave.

    Raises:
        SourceError: more than `MOST_STEPS`, or it does not stop.
    """
    ran = machine.run()
    if ran.outcome is Outcome.RUNNING or ran.steps > MOST_STEPS:
        name = machine.machine.name or "the machine"
        more = "more than " if ran.outcome is Outcome.RUNNING else ""
        raise SourceError(f"{name} makes {more}{ran.steps} steps", hint="say how many to run")
    return ran.steps


class _Comparison:
    """The machine beside the net, and the configuration that the net's weights hold."""

    def __init__(self, net: Net, machine: BoundedMachine) -> None:
        self._machine = machine
        self._expected = Decoded(machine.configuration, left=False)
        self._held = _decode(machine.encoding, net.circuit.reset_state)
        self._machine_steps = 0

    def after_step(self, weights: Array, wrong: int, findings: Findings) -> None:
        """See `runtime.verify_emulation.AfterStep`."""
        for _ in range(wrong):
            self._step()
        encoding = self._machine.encoding
        edges = np.array([bit.edge for bit in findings.net.memory])
        bits = (weights[edges] < 0).astype(int).tolist()
        self._held = _decode(encoding, bits)
        wanted = encoding.encode(*self._expected)
        bad = np.array(bits) != np.array(wanted)
        if self._is_expected() == bad.any():
            raise InvariantError("encoding a configuration and decoding its bits disagree")
        first = int(np.argmax(bad))  # of no interest if none is bad
        expected, got = meaning(encoding, wanted, first), meaning(encoding, bits, first)
        findings.compare_edges(Check.CONFIGURATION, edges, expected, got, bad)

    def report(self) -> MachineReport:
        """What the weights hold at the end."""
        held, machine = self._held, self._machine
        outcome = score = side = None
        if held is not None:
            outcome = step(machine.machine, held.configuration, machine.field).outcome
            score = held.configuration.score(machine.machine.blank)
        if held is not None and held.left and outcome is not None:
            side = blocked_side(machine.machine, held.configuration, outcome)
        return MachineReport(
            machine_steps=self._machine_steps,
            halted=outcome is Outcome.HALTED,
            score=score,
            head_left=held is not None and held.left,
            head_left_to=side,
            cells=(machine.field.width, machine.field.height),
            cells_needed=machine.needed,
        )

    def _step(self) -> None:
        """One step by the table."""
        configuration, left = self._expected
        following, outcome = step(self._machine.machine, configuration, self._machine.field)
        self._machine_steps += outcome is Outcome.RUNNING
        self._expected = Decoded(following, left or outcome in _STOPPED)

    def _is_expected(self) -> bool:
        """Whether the weights hold what the table says."""
        if self._held is None:
            return False
        (configuration, left), blank = self._held, self._machine.machine.blank
        return (
            configuration.same(self._expected.configuration, blank) and left == self._expected.left
        )


def _decode(encoding: Encoding, bits: Sequence[int]) -> Decoded | None:
    """What the bits say; None if that is no configuration."""
    try:
        return encoding.decode(bits)
    except SourceError:
        return None


def meaning(encoding: Encoding, bits: Sequence[int], index: int) -> str:
    """What the bit of this number says, together with those it belongs to.

    >>> from circuits.machines.configuration import Field
    >>> from circuits.machines.machine import Machine, Move
    >>> rules = {("A", "_"): ("1", Move.RIGHT, "B"), ("B", "_"): ("1", Move.LEFT, "A")}
    >>> encoding = Encoding.of(Machine.of_rules(rules, start="A", blank="_"), Field(2))
    >>> [meaning(encoding, (0, 1, 1, 0, 1, 0), index) for index in range(6)]
    ["symbol '_'", "symbol '1'", 'the head', 'no head', "state 'B'", 'head on the cells']
    """
    symbols, states = encoding.machine.symbols, encoding.machine.states
    width = encoding.symbol_bits
    heads = width * len(encoding.cells)
    state = heads + len(encoding.heads)
    if index < heads:
        first = index - index % width
        return _named("symbol", symbols, encoding.symbol_codes, bits[first : first + width])
    if index < state:
        return "the head" if bits[index] else "no head"
    if index < len(bits) - 1:
        return _named("state", states, encoding.state_codes, bits[state:-1])
    return "head off the cells" if bits[index] else "head on the cells"


def _named(what: str, names: Sequence[str], codes: Sequence[int], bits: Sequence[int]) -> str:
    """The symbol or state with this code, or that there is none."""
    code = sum(bit << i for i, bit in enumerate(bits))
    return f"{what} {names[codes.index(code)]!r}" if code in codes else f"no {what}: code {code}"
