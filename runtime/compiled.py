"""The Python interface: compile something, train it with stock torch, look at it.

>>> from circuits.builder import Builder
>>> b = Builder("toggle when wrong")
>>> bit = b.latch("bit")
>>> b.output("prediction", bit)
>>> b.set_next(bit, bit ^ 1)
>>> compiled = compile_source(b.build())
>>> import torch
>>> module = compiled.to_module()
>>> optimizer = torch.optim.SGD(module.parameters(), lr=compiled.learning_rate)
>>> for label in (1, 1, -1):
...     output = module(torch.zeros(0))
...     loss = (output - label) ** 2
...     optimizer.zero_grad()
...     loss.backward()
...     optimizer.step()
...     print(int(output), label)
-1 1
1 1
1 -1
>>> compiled.memory(module)
{'bit': 0}
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from circuits.circuit import Circuit
from circuits.errors import SourceError
from circuits.learner import Learner
from circuits.machines.bounded import BoundedMachine, bounded_machine
from circuits.machines.configuration import Configuration
from circuits.machines.machine import Machine
from circuits.update_on_error import UpdateOnError
from compiler.net import Net
from compiler.netfile import save_net
from compiler.pipeline import compile_net
from runtime.sources import read_source

if TYPE_CHECKING:
    import networkx as nx
    import torch

    from runtime.explorer.notebook import Frame
    from runtime.inspect.summary import Summary
    from runtime.inspect.vertex import VertexView
    from runtime.module import NetModule
    from runtime.recording import Recording
    from runtime.report import Report


@dataclass(frozen=True)
class Compiled:
    """A compiled net and what one does with it.

    Attributes:
        net: what was compiled.
    """

    net: Net

    @property
    def machine(self) -> BoundedMachine | None:
        """What the net was compiled from, if that is a machine; net files keep it."""
        return self.net.machine

    @property
    def learning_rate(self) -> float:
        """The rate for SGD on (output - label)^2, one sample a step.

        Raises:
            LimitError: it does not fit a float64.
        """
        return self.net.learning_rate.to_float()

    def to_module(self, dtype: torch.dtype | None = None, engine: str | None = None) -> NetModule:
        """A module whose parameters are all edge weights; float64 unless told otherwise.

        The engine is one of `runtime.module.ENGINES`, by default the fastest that is installed.

        Raises:
            LimitError: a weight does not fit the dtype.
        """
        import torch

        from runtime.module import NetModule

        return NetModule(self.net, dtype or torch.float64, engine)

    def memory(self, module: NetModule) -> dict[str, int]:
        """The memory bits that a module's weights hold now."""
        weights = module.weight.detach()
        return {bit.name: int(weights[bit.edge] < 0) for bit in self.net.memory}

    def configuration(self, module: NetModule) -> Configuration:
        """The configuration of a machine that a module's weights hold now.

        Raises:
            SourceError: this is the net of no machine, or its memory bits are no configuration.
        """
        if self.machine is None:
            raise SourceError(f"{self.net.source} is no machine")
        bits = list(self.memory(module).values())
        return self.machine.encoding.decode(bits).configuration

    def verify(self, **settings: object) -> Report:
        """Run SGD beside the reference; arguments as for `runtime.settings.Settings`.

        For a machine that is its table besides its circuit, see `runtime.machines.verify`.
        """
        from runtime.machines.verify import verify_machine
        from runtime.settings import Settings
        from runtime.verify import verify

        how = Settings(**settings)  # type: ignore[arg-type]
        if self.machine is not None:
            return verify_machine(self.net, self.machine, how)
        return verify(self.net, how)

    def record(self, **settings: object) -> Recording:
        """Run SGD and keep what happened; arguments as for `runtime.settings.Settings`."""
        from runtime.recording import record
        from runtime.settings import Settings

        return record(self.net, Settings(**settings), self.machine)  # type: ignore[arg-type]

    def inspect(self) -> Summary:
        """Everything about the net on a page; print it, or see `runtime.inspect.summary`."""
        from runtime.inspect.summary import summary_of

        return summary_of(self.net)

    def vertices(self, name: str) -> tuple[int, ...]:
        """The vertices of a gate, latch or port of the source.

        Raises:
            SourceError: there is none; says which names are close.
        """
        from runtime.inspect.names import find_vertices

        return find_vertices(self.net, name).vertices

    def vertex(self, number: int) -> VertexView:
        """A vertex, what it hears and what can happen at it; see `runtime.inspect.vertex`."""
        from runtime.inspect.vertex import view_vertex

        return view_vertex(self.net, number)

    def explore(self, recording: Recording | None = None, height: int = 700) -> Frame:
        """The explorer in a notebook, of a run if one is given; ``height`` in pixels."""
        from runtime.explorer import explorer_page
        from runtime.explorer.notebook import Frame

        return Frame(explorer_page(self.net, recording, self.machine), height)

    def _repr_html_(self) -> str:
        from runtime.explorer.notebook import net_html

        return net_html(self.net)

    def to_networkx(self) -> nx.DiGraph[int]:
        """The net as a graph with the attributes of `compiler.export.node_link`."""
        from compiler.export.node_link import to_networkx

        return to_networkx(self.net)

    def save(self, path: str | Path) -> None:
        """Write a net file."""
        save_net(self.net, Path(path))


def compile_source(
    source: str | Path | Net | Circuit | Learner | UpdateOnError | Machine | BoundedMachine,
    *,
    target: str | None = None,
    samples: int | None = None,
    preset: str | None = None,
    exponent: Fraction | None = None,
    name: str = "",
) -> Compiled:
    """Compile something, or load a net file.

    Args:
        source: a circuit, a learner, a file or ``builtin:...``; or a machine, which gets the cells
            that it needs unless `circuits.machines.bounded.bounded_machine` gave it some.
        target: see `compiler.pipeline.compile_net`, as for all that follows but the name; a net has
            its own.
        samples: T of a noise-tolerant net.
        preset: of the constants.
        exponent: likewise.
        name: what reports call it; the file or its own name by default.
    """
    if isinstance(source, str | Path):
        name = name or str(source)
        source = read_source(str(source))
    if isinstance(source, Net):
        return Compiled(source)
    machine = None
    if isinstance(source, Machine):
        source = bounded_machine(source)
    if isinstance(source, BoundedMachine):
        machine, source = source, source.circuit()
    net = compile_net(
        source,
        target=target,
        samples=samples,
        preset=preset,
        exponent=exponent,
        source_name=name,
    )
    return Compiled(net if machine is None else replace(net, machine=machine))
