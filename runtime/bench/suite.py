"""What `sgdcc bench` measures: groups of entries, each on one net."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from enum import StrEnum
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from circuits.catalog import builtin_learner, builtin_machine
from circuits.errors import SourceError
from circuits.formats import read_circuit
from circuits.machines.ant import langton
from circuits.machines.busy_beaver import busy_beaver
from circuits.machines.configuration import Field, initial
from circuits.machines.machine import Machine
from circuits.machines.machine_to_circuit import machine_to_circuit
from compiler.net import Net
from compiler.pipeline import compile_net
from runtime.bench import emulation, forward, layers, replicas, steps
from runtime.bench.measure import Entry, Names
from runtime.bench.synthetic import synthetic_net


class Scale(StrEnum):
    """How much is measured."""

    QUICK = "quick"
    DEFAULT = "default"
    FULL = "full"


BUDGET = {Scale.QUICK: 0.5, Scale.DEFAULT: 3.0, Scale.FULL: 10.0}
"""Seconds of measuring a group; three turns of something slow may take longer."""

MACHINE_COMPARISONS = {
    f"machine_step_{engine}_vs_autograd": (f"{engine} {how}", "autograd")
    for engine, how in (("levels", "loop"), ("native", "run"), ("live", "run"), ("boolean", "run"))
}

_SMALL, _MIDDLE = ((20_000, 300),), ((20_000, 300), (1_000_000, 30), (1_000_000, 300))
_LARGE = ((20_000, 30), (20_000, 1500), (200_000, 300), (1_000_000, 1500), (2_000_000, 300))
SYNTHETIC = {
    Scale.QUICK: _SMALL,
    Scale.DEFAULT: _MIDDLE,
    Scale.FULL: tuple(sorted(_MIDDLE + _LARGE)),
}
"""Edges and levels of synthetic nets."""

LEARNERS = {
    Scale.QUICK: ("parity:bits=16",),
    Scale.DEFAULT: ("parity:bits=16", "parity:bits=64"),
    Scale.FULL: (
        "parity:bits=16",
        "parity:bits=64",
        "parity:bits=160",
        "nearest:bits=16,samples=32",
    ),
}
MACHINES: dict[Scale, tuple[tuple[Machine, Field], ...]] = {
    Scale.QUICK: ((busy_beaver(4), Field(32)),),
    Scale.DEFAULT: ((busy_beaver(4), Field(256)),),
    Scale.FULL: ((busy_beaver(4), Field(256)), (langton(), Field(16, 16))),
}
CIRCUITS = {
    Scale.QUICK: ("epfl/max.aig",),
    Scale.DEFAULT: ("epfl/multiplier.aig", "bristol/sha256.txt"),
    Scale.FULL: ("epfl/multiplier.aig", "bristol/aes_128.txt", "bristol/sha256.txt"),
}
LAYERS = {
    Scale.QUICK: (("busy-beaver:states=3", None),),
    Scale.DEFAULT: (("langton", 11_000),),
    Scale.FULL: (("langton", 11_000), ("busy-beaver:states=3,symbols=3,record=box", None)),
}
"""Machines whose layers are run, and how many of them; None until it halts."""


class Group(NamedTuple):
    """Entries that are measured together, in turns.

    Attributes:
        label: what they are about.
        names: the entries that there may be.
        make: what they are measured on.
        measure: from that, the names that are asked, and seconds to spend.
    """

    label: str
    names: Collection[str]
    make: Callable[[], Any]
    measure: Callable[[Any, Names, float], list[Entry]]

    def run(self, only: Names, budget: float) -> list[Entry]:
        """The entries that are asked; an empty ``only`` asks for all."""
        names = frozenset(self.names) & only if only else frozenset(self.names)
        return self.measure(self.make(), names, budget) if names else []


def groups(scale: Scale, circuits: Path) -> list[Group]:
    """All of a scale; those on circuits that are not in the folder are left out."""
    found = []
    for edges, levels in SYNTHETIC[scale]:
        net = partial(_synthetic, edges, levels)
        found += _net_groups(f"{edges} edges, {levels} levels", net)
    for spec in LEARNERS[scale]:
        net = partial(_learner, spec)
        found += _net_groups(spec, net)
        found.append(Group(spec, emulation.COMPARISONS, net, emulation.measure_emulation))
    by_machine = partial(steps.measure_steps, comparisons=MACHINE_COMPARISONS)
    for machine, field in MACHINES[scale]:
        net = partial(_clocked, machine, field)
        found.append(Group(machine.name, MACHINE_COMPARISONS, net, by_machine))
    for path in (circuits / name for name in CIRCUITS[scale]):
        if path.is_file():
            net = partial(component, path)
            found.append(Group(path.stem, forward.COMPARISONS, net, forward.measure_forward))
    for spec, count in LAYERS[scale]:
        measure = partial(layers.measure_layers, layers=count)
        made = partial(builtin_machine, spec)
        found.append(Group(f"layers of {spec}", layers.COMPARISONS, made, measure))
    return found


def known(names: Iterable[str], chosen: Iterable[Group]) -> Names:
    """These names, if there are such entries.

    Raises:
        SourceError: there is none of that name.
    """
    every = list(dict.fromkeys(name for group in chosen for name in group.names))
    for name in (asked := frozenset(names)):
        if name not in every:
            raise SourceError(f"no figure is called {name!r}", hint=f"one of: {', '.join(every)}")
    return asked


def component(path: Path) -> Net:
    """A circuit's net, which is called by the file's name alone."""
    return compile_net(read_circuit(path), source_name=path.name)


def _net_groups(label: str, net: Callable[[], Net]) -> list[Group]:
    return [
        Group(label, steps.COMPARISONS, net, steps.measure_steps),
        Group(f"replicas, {label}", replicas.COMPARISONS, net, replicas.measure_replicas),
    ]


@lru_cache(maxsize=1)
def _synthetic(edges: int, levels: int) -> Net:
    return synthetic_net(edges, levels)


@lru_cache(maxsize=1)
def _learner(spec: str) -> Net:
    return compile_net(builtin_learner(spec))


def _clocked(machine: Machine, field: Field) -> Net:
    circuit = machine_to_circuit(machine, field, initial(machine, field=field))
    return compile_net(circuit, source_name=f"{machine.name}, {field.width} x {field.height} cells")
