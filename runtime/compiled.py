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

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from circuits.circuit import Circuit
from circuits.learner import Learner
from circuits.update_on_error import UpdateOnError
from compiler.net import Net
from compiler.netfile import save_net
from compiler.pipeline import compile_net
from runtime.sources import read_net

if TYPE_CHECKING:
    import networkx as nx
    import torch

    from runtime.module import NetModule
    from runtime.report import Report


@dataclass(frozen=True)
class Compiled:
    """A compiled net and what one does with it."""

    net: Net

    @property
    def learning_rate(self) -> float:
        """The rate for SGD on (output - label)^2, one sample a step.

        Raises:
            LimitError: it does not fit a float64.
        """
        return self.net.learning_rate.to_float()

    def to_module(self, dtype: torch.dtype | None = None, engine: str = "levels") -> NetModule:
        """A module whose parameters are all edge weights; float64 unless told otherwise.

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

    def verify(self, **settings: object) -> Report:
        """Run SGD beside the reference; arguments as for `runtime.settings.Settings`."""
        from runtime.settings import Settings
        from runtime.verify import verify

        return verify(self.net, Settings(**settings))  # type: ignore[arg-type]

    def to_networkx(self) -> nx.DiGraph[int]:
        """The net as a graph with the attributes of `compiler.export.node_link`."""
        from compiler.export.node_link import to_networkx

        return to_networkx(self.net)

    def save(self, path: str | Path) -> None:
        """Write a net file."""
        save_net(self.net, Path(path))


def compile_source(
    source: str | Path | Circuit | Learner | UpdateOnError,
    *,
    preset: str | None = None,
    exponent: Fraction | None = None,
) -> Compiled:
    """Compile a circuit, a learner, a file or ``builtin:...``; a net file is loaded."""
    if isinstance(source, str | Path):
        return Compiled(read_net(str(source), preset=preset, exponent=exponent))
    return Compiled(compile_net(source, preset=preset, exponent=exponent))
