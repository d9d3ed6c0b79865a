"""Verify the recurrent convolutional net of a machine: as a learner, or as the machine it is.

>>> from circuits.catalog import builtin_machine
>>> report = verify_rcnn(builtin_machine("parity-machine"), settings=RcnnSettings(bits=2, fresh=9))
>>> report.emulates, report.facts.memorised, report.facts.fresh_wrong
(True, True, 0)
"""

from __future__ import annotations

import time
from dataclasses import replace

from circuits.errors import SourceError
from circuits.machines.bounded import bounded_machine
from circuits.machines.classical_learners import classical
from circuits.machines.machine import Machine
from circuits.machines.options import MachineOptions
from compiler.rcnn.filter import Filter
from compiler.rcnn.machine_to_rcnn import machine_to_rcnn
from runtime.engines.threads import one_thread
from runtime.rcnn.controls import halts_beside
from runtime.rcnn.report import RcnnFacts, RcnnReport
from runtime.rcnn.settings import RcnnSettings
from runtime.rcnn.verify_learner import Findings, verify_learner
from runtime.rcnn.verify_run import verify_run

_ONLY_FOR_LEARNERS = ("batch-size", "halting-place", "layers", "learning-rate")


def verify_rcnn(
    source: Machine | Filter,
    options: MachineOptions | None = None,
    settings: RcnnSettings | None = None,
    name: str = "",
) -> RcnnReport:
    """Run the net of a machine and compare every cell of every layer.

    A machine of `circuits.machines.classical_learners`, and any other if ``settings`` has bits or
    samples, is taken as a learner: SGD memorises, then fresh samples are asked. All others run on
    what ``options`` give, as `circuits.machines.bounded` puts them on cells.

    Args:
        source: a machine, or its filter.
        options: of a machine that is no learner.
        settings: how.
        name: what the report calls it.

    Raises:
        SourceError: the machine does not halt, or cannot read samples, or the control is none for
            it.
        LimitError: the filter is not exact in this format.
    """
    settings = settings or RcnnSettings()
    started = time.perf_counter()
    net = source if isinstance(source, Filter) else _filter(source, settings)
    options = options or MachineOptions()
    on_cells = replace(options, margin=False, start=None) != MachineOptions()
    learns = bool(settings.bits or settings.samples)
    learns |= classical(net.machine) is not None and not on_cells
    if not learns and settings.control in _ONLY_FOR_LEARNERS:
        raise SourceError(f"the control {settings.control} is for learners only")
    with one_thread():
        if learns:
            broken = settings.control == "halting-place"
            runs = _filter(halts_beside(net.machine), settings) if broken else net
            findings = verify_learner(runs, settings, net)
        else:
            findings = verify_run(
                net, bounded_machine(net.machine, options, settings.layers), settings
            )
    return _report(
        net, settings, findings, name or net.machine.name, learns, time.perf_counter() - started
    )


def _filter(machine: Machine, settings: RcnnSettings) -> Filter:
    return machine_to_rcnn(machine, settings.scale, settings.dtype)


def _report(
    net: Filter, settings: RcnnSettings, findings: Findings, name: str, learns: bool, seconds: float
) -> RcnnReport:
    sizes, (samples, bits) = net.sizes, settings.size
    facts = RcnnFacts(
        states=sizes.states,
        width=sizes.width,
        parameters=sizes.parameters,
        distinct_weights=sizes.distinct_weights,
        layers=findings.layers,
        memorised=findings.memorised,
        cells_compared=findings.compared,
        fresh=findings.fresh,
        fresh_wrong=findings.fresh_wrong,
        bits=bits if learns else None,
        samples=samples if learns else None,
        scale=str(net.coding.scale),
        path=settings.path,
        grid=findings.grid,
        machine_layers=findings.machine_layers,
    )
    return RcnnReport(
        emulates=findings.first is None,
        source=name,
        dtype=settings.dtype,
        control=settings.control,
        seed=settings.seed,
        steps=findings.steps,
        sizes=sizes,
        cell_mismatches=findings.cell_mismatches,
        output_mismatches=findings.output_mismatches,
        memory_mismatches=findings.memory_mismatches,
        facts=facts,
        first_divergence=findings.first,
        seconds=seconds,
    )
